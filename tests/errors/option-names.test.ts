// Options have names: every function takes those that it has, and refuses all others, those of its siblings too. A
// misspelt one would leave its default in place, without a word.
import { describe, expect, test } from '@jest/globals';
import * as nl from 'normlayers';
import { expectRefusal, refused } from '../support/errors.ts';

const PARAMETERS = ['weight', 'bias', 'eps'];
const CHANNEL = [...PARAMETERS, 'channelAxis'];
const RUNNING = [...CHANNEL, 'runningMean', 'runningVar', 'momentum', 'mode', 'runningVariance'];
const OPERATIONS: readonly [name: string, shape: number[], given: unknown[], options: string[]][] = [
  ['layerNorm', [4, 3], [3], PARAMETERS],
  ['rmsNorm', [4, 3], [3], PARAMETERS],
  ['groupNorm', [4, 6, 2], [3], CHANNEL],
  ['instanceNorm', [4, 6, 2], [], RUNNING],
  ['batchNorm', [4, 6, 2], [], RUNNING],
];

const LAYER = ['eps', 'scale', 'shift', 'preset', 'dtype', 'runtime'];
const LAYERS: readonly [name: string, sizes: number[], options: string[]][] = [
  ['LayerNorm', [3], [...LAYER, 'elementwiseAffine']],
  ['RMSNorm', [3], [...LAYER, 'elementwiseAffine']],
  ['GroupNorm', [1, 3], [...LAYER, 'affine', 'channelAxis']],
  ['InstanceNorm', [3], [...LAYER, 'affine', 'channelAxis', 'momentum', 'trackRunningStats', 'runningVariance']],
  ['BatchNorm', [3], [...LAYER, 'affine', 'channelAxis', 'momentum', 'trackRunningStats', 'runningVariance']],
];

const MEMORY = ['initialMemory', 'maxMemory', 'debug'];

type Call = (options: never) => unknown;
// The names by which they are exported lead to functions and classes of many types.
const exported = nl as unknown as Record<string, (...given: unknown[]) => unknown>;
const classes = nl as unknown as Record<string, new (...given: unknown[]) => nl.Layer>;

const X = [4, 3];

/** Every way to pass options, ready to be gone, and the names that may be passed there. */
const WAYS: readonly [name: string, prepare: () => Call, known: string[]][] = [
  ...OPERATIONS.flatMap(([name, shape, given, own]): [string, () => Call, string[]][] => {
    const prepare = (suffix: string, count: number) => () => {
      const tensors = Array.from({ length: count }, () => nl.ones(shape));
      return (options: never) => exported[name + suffix]?.(...tensors, ...given, options);
    };
    return [
      [name, prepare('', 1), [...own, 'out']],
      [`${name}Forward`, prepare('Forward', 1), [...own, 'out', 'reuse']],
      [`${name}Backward`, prepare('Backward', 2), [...own, 'mean', 'rstd', 'needs', 'out', 'accumulate']],
    ];
  }),
  [
    'backward',
    () => {
      const dy = nl.ones(X);
      const { saved } = nl.layerNormForward(nl.ones(X), 3);
      return (options) => nl.backward(saved, dy, options);
    },
    ['needs', 'out', 'accumulate'],
  ],
  ...LAYERS.map(([name, sizes, known]): [string, () => Call, string[]] => {
    const Made = classes[name] as new (...given: unknown[]) => nl.Layer;
    return [name, () => (options) => new Made(...sizes, options), known];
  }),
  ['forward of a layer', () => ofLayer((layer, x, options) => layer.forward(x, options)), ['out', 'save', 'track']],
  ['record', () => ofLayer((layer, x, options) => layer.record(x, options)), ['out', 'track']],
  [
    'backward of a layer',
    () => ofLayer((layer, dy, options) => layer.backward(dy, options)),
    ['needs', 'out', 'accumulate', 'saved'],
  ],
  ['stateDict', () => ofLayer((layer, _, options) => layer.stateDict(options)), ['prefix', 'json']],
  [
    'loadStateDict',
    () => ofLayer((layer, _, options) => layer.loadStateDict({ weight: [1, 1, 1], bias: [0, 0, 0] }, options)),
    ['prefix', 'strict'],
  ],
  ['tensor', () => (options) => nl.tensor([1, 2], [2], options), ['dtype', 'runtime']],
  ['zeros', () => (options) => nl.zeros([2], options), ['dtype', 'runtime']],
  ['ones', () => (options) => nl.ones([2], options), ['dtype', 'runtime']],
  ['full', () => (options) => nl.full([2], 1, options), ['dtype', 'runtime']],
  ['empty', () => (options) => nl.empty([2], options), ['dtype', 'runtime']],
  ['scope', () => (options) => nl.scope(() => 1, options), ['runtime']],
  ['createRuntime', () => (options) => nl.createRuntime(options).dispose(), ['module', 'bytes', ...MEMORY]],
];

/** A call of a layer that a forward has gone through. */
function ofLayer(call: (layer: nl.Layer, x: nl.Tensor, options: never) => unknown): Call {
  const layer = new nl.LayerNorm(3);
  const x = nl.ones(X);
  layer.forward(x);
  return (options) => call(layer, x, options);
}

const ALL = [...new Set(WAYS.flatMap(([, , known]) => known))];
// What PyTorch, tfjs or a slip of the finger would have.
const STRANGE = ['epsilon', 'gamma', 'Weight', 'axis', 'toString', 'hasOwnProperty', '', '0'];

/** What is no object of named options, and how it is called. */
const OTHERS: readonly [value: () => unknown, text: string][] = [
  [() => 5, '5'],
  [() => 'eps', "'eps'"],
  [() => () => 1, 'a function'],
  [() => [1e-3], 'an array'],
  [() => nl.ones([3]), 'a Tensor'],
  [() => nl.layerNormForward(nl.ones(X), 3).saved, 'a saved state'],
  [() => new nl.LayerNorm(3), 'a layer'],
  [() => nl.ones([3]).runtime, 'a runtime'],
  [() => new Float32Array(3), 'a Float32Array'],
  [() => new Float32Array(0), 'a Float32Array'],
  [() => new Map([['eps', 1e-3]]), 'a Map'],
  [() => new ArrayBuffer(8), 'an ArrayBuffer'],
];

describe.each(WAYS)('%s', (_, prepare, known) => {
  test('takes no options, and those it has', () => {
    for (const options of [undefined, null, {}, ...known.map((name) => ({ [name]: undefined }))]) {
      nl.scope(() => prepare()(options as never));
    }
  });

  test('refuses every other by its name, and lists its own', () => {
    nl.scope(() => {
      const call = prepare();
      for (const name of [...ALL, ...STRANGE].filter((other) => !known.includes(other))) {
        const { message } = expectRefusal(() => call({ [name]: undefined } as never), refused.value);
        const [, list, key] = /^options may only have (.+), got the key '(.*)'$/.exec(message) ?? [];
        expect(list?.split(', ').sort()).toEqual([...known].sort());
        expect(key).toBe(name);
      }
    });
  });

  test.each(OTHERS)('refuses what is no object of options: %#', (make, text) => {
    nl.scope(() => {
      const call = prepare();
      const options = make() as never;
      expectRefusal(() => call(options), { ...refused.type, text: ['options must be an object', `got ${text}`] });
    });
  });

  test('is not troubled by what a page has added to all objects', () => {
    Object.defineProperty(Object.prototype, 'added', { value: true, enumerable: true, configurable: true });
    try {
      nl.scope(() => prepare()({} as never));
      nl.scope(() => {
        const call = prepare();
        expectRefusal(() => call({ added: 1 } as never), { ...refused.value, text: 'added' });
      });
    } finally {
      delete (Object.prototype as { added?: boolean }).added;
    }
  });
});

test('loadRuntime takes the options it has, and refuses every other', async () => {
  const runtime = nl.createRuntime();
  const { module } = runtime;
  runtime.dispose();
  for (const name of MEMORY) (await nl.loadRuntime(Promise.resolve(module), { [name]: undefined })).dispose();
  await expect(nl.loadRuntime(Promise.resolve(module), { maxMemroy: 1 } as never)).rejects.toThrow(
    "options may only have initialMemory, maxMemory, debug, got the key 'maxMemroy'",
  );
});

test('what is inherited counts as well', () => {
  nl.scope(() => {
    const defaults = { epsilon: 1e-3 };
    const call = () => nl.layerNorm(nl.ones(X), 3, Object.create(defaults));
    expect(call).toThrow("got the key 'epsilon'");
  });
});

test('a long name is cut', () => {
  nl.scope(() => {
    const call = () => nl.layerNorm(nl.ones(X), 3, { ['x'.repeat(500)]: 1 } as never);
    expect(call).toThrow(`got the key '${'x'.repeat(40)}…'`);
  });
});
