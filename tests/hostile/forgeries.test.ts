// What only looks like ours, or like an array: told from the real thing by what is inside.
import { describe, expect, test } from '@jest/globals';
import {
  BatchNorm,
  backward,
  createRuntime,
  LayerNorm,
  layerNorm,
  layerNormForward,
  scope,
  setDefaultRuntime,
  tensor,
  zeros,
} from 'normlayers';
import { expectRefusal, refusals, refused } from '../support/errors.ts';

const { type, value, shape } = refused;
const disposed = { name: 'StateError', code: 'DISPOSED' } as const;

/** The ways to make something that leads to `original`. */
const doubles = <T extends object>(original: T): T[] => [
  new Proxy(original, {}),
  new Proxy(original, { get: (target, key) => target[key as never] }),
  Object.create(original) as T,
  Object.create(Object.getPrototypeOf(original)) as T,
];

describe('doubles of our objects are refused', () => {
  test('tensors, wherever one is asked for', () => {
    scope(() => {
      const x = tensor([[1, 2, 4]]);
      const { saved } = layerNormForward(x, 3);
      for (const double of doubles(x)) {
        const text = 'a proxy of a Tensor';
        expectRefusal(() => layerNorm(double, 3), { ...type, text: ['x must be a Tensor', text] });
        expectRefusal(() => layerNorm(x, 3, { out: double }), { ...type, text: ['out', text] });
        expectRefusal(() => backward(saved, double), { ...type, text: ['dy', text] });
        expectRefusal(() => backward(saved, x, { out: { dx: double } }), { ...type, text: ['out.dx', text] });
        expectRefusal(() => tensor(double), { ...type, text: ['values', text] });
        expectRefusal(() => x.copyFrom(double), { ...type, text: ['values', text] });
      }
    });
  });

  test('saved states', () => {
    scope(() => {
      const x = tensor([[1, 2, 4]]);
      const { saved } = layerNormForward(x, 3);
      for (const double of doubles(saved)) {
        expectRefusal(() => backward(double, x), { ...type, text: 'saved' });
        expectRefusal(() => layerNormForward(x, 3, { reuse: double }), { ...type, text: 'reuse' });
      }
    });
  });

  test('runtimes', () => {
    using runtime = createRuntime();
    for (const double of doubles(runtime)) {
      expectRefusal(() => setDefaultRuntime(double), { ...type, text: 'runtime' });
      expectRefusal(() => zeros([1], { runtime: double }), { ...type, text: 'runtime' });
      expectRefusal(() => scope(() => 1, { runtime: double }), { ...type, text: 'runtime' });
    }
  });

  test('what says yes to everything', () => {
    scope(() => {
      const x = zeros([1, 3]);
      const yes = new Proxy({}, { get: () => 1 }) as never;
      expectRefusal(() => layerNorm(yes, 3), { ...type, text: 'x' });
      expectRefusal(() => layerNorm(x, 3, { weight: yes }), { ...type, text: 'weight' });
      expectRefusal(() => backward(yes, x), { ...type, text: 'saved' });
      expectRefusal(() => setDefaultRuntime(yes), { ...type, text: 'runtime' });
    });
  });

  test('layers for options, and for their state dictionaries', () => {
    using norm = new LayerNorm(3);
    scope(() => {
      const x = zeros([1, 3]);
      for (const double of [norm, ...doubles(norm)]) {
        expectRefusal(() => layerNorm(x, 3, double as never), { ...type, text: 'options' });
        expectRefusal(() => norm.loadStateDict(double as never), { ...type, text: ['dict', 'stateDict()'] });
      }
    });
  });
});

test('a scope passes on no double, and is not confused by one', () => {
  scope(() => {
    const returned = scope(() => {
      const [a, b] = [zeros([1]), zeros([2])];
      return [new Proxy(a, {}), Object.create(b) as object, b];
    });
    expect(returned.map((t) => (t as { disposed: boolean }).disposed)).toEqual([true, false, false]);
  });
});

describe('typed arrays are known by what they are', () => {
  const tagged = (array: object, tag: string) => Object.defineProperty(array, Symbol.toStringTag, { value: tag });
  const long = (array: object) => Object.defineProperty(array, 'length', { value: 4 });
  const detached = () => {
    const array = Float32Array.of(1, 2);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    return array;
  };
  refusals(
    () => [zeros([1])],
    [
      [
        'bigints that say they are floats',
        () => tensor(tagged(BigInt64Array.of(1n), 'Float32Array') as never),
        { ...type, text: 'values' },
      ],
      [
        'an object that says so',
        () => tensor(tagged({ length: 1 }, 'Float32Array') as never),
        { ...type, text: 'values' },
      ],
      ['an array that claims a length', () => tensor(long(new Float32Array(1)) as never, [4]), { ...shape, text: '4' }],
      ['a detached array', () => tensor(detached()), { ...type, text: ['values', 'gone'] }],
      [
        'a detached array with a shape',
        () => tensor({ data: detached(), shape: [0] }),
        { ...type, text: ['values.data', 'gone'] },
      ],
      [
        'a disposed state to reuse, by that name',
        ([x]) => {
          const { saved, y } = layerNormForward(x!, 1);
          saved.dispose();
          y.dispose();
          layerNormForward(x!, 1, { reuse: saved });
        },
        { ...disposed, text: 'reuse was disposed' },
      ],
      [
        'a disposed tensor for values, by its name',
        () => {
          const t = zeros([1]);
          t.dispose();
          tensor(t);
        },
        { ...disposed, text: 'values was disposed' },
      ],
    ],
  );

  test('as long as they are, whatever they say', () => {
    scope(() => {
      expect(tensor(long(Float32Array.of(1, 2)) as never).toArray()).toEqual([1, 2]);
    });
  });

  test('a counter that says it is a BigInt64Array is none', () => {
    const counter = tagged({ length: 1, 0: Symbol('s') }, 'BigInt64Array');
    using norm = new BatchNorm(2);
    const dict = { ...norm.stateDict(), num_batches_tracked: counter as never };
    expectRefusal(() => norm.loadStateDict(dict), { ...type, text: 'num_batches_tracked' });
  });
});

describe('lists of axes are read no further than a list of axes can be', () => {
  const endless = { length: 2 ** 53, 0: 1 };
  refusals(
    () => zeros([2, 2]),
    [
      ['a shape of any length', () => zeros({ length: 1e9 } as never), { ...shape, text: ['shape', '64 axes'] }],
      ['a sparse shape', () => zeros(new Array(1e9)), { ...shape, text: ['shape', '64 axes'] }],
      ['a shape of negative length', () => zeros({ length: -1 } as never), { ...shape, text: 'shape' }],
      ['a reshape to what is no list', (t) => t.reshape({} as never), { ...type, text: 'shape' }],
      ['a reshape of any length', (t) => t.reshape(endless as never), { ...shape, text: 'shape' }],
      ['a normalizedShape of any length', (t) => layerNorm(t, endless as never), { ...shape, text: 'normalizedShape' }],
      [
        'a normalizedShape with a zero and a symbol',
        (t) => layerNorm(t, [0, Symbol('s')] as never),
        { ...type, text: 'normalizedShape' },
      ],
      [
        'strides that cannot be printed',
        () => tensor({ data: new Float32Array(4), shape: [2, 2], strides: [Symbol('s'), 1] } as never),
        { ...value, text: 'a symbol' },
      ],
      [
        'strides of any length',
        () => tensor({ data: new Float32Array(4), shape: [2, 2], strides: endless } as never),
        { ...shape, text: 'values.strides' },
      ],
      [
        'nested arrays that are nothing but length',
        () => tensor(Array(2).fill(Object.assign([], { length: 2 ** 32 - 1 }))),
        { name: 'MemoryError', code: 'MEMORY', text: 'values' },
      ],
    ],
  );

  test('nor written in more empty arrays than there can be', () => {
    scope(() => {
      const t = zeros([2 ** 40, 0]);
      expectRefusal(() => t.toArray(), { ...shape, text: 'toArray of shape [1099511627776, 0]' });
      expect(zeros([2, 0, 2 ** 40]).toArray()).toEqual([[], []]);
    });
  });

  test('their length is read once', () => {
    let reads = 0;
    const list = Object.defineProperty({ 0: 2 }, 'length', { get: () => [1, Symbol('s')][reads++] });
    scope(() => {
      expect(layerNorm(tensor([[1, 3]]), list as never, { eps: 0 }).toArray()).toEqual([[-1, 1]]);
    });
    expect(reads).toBe(1);
  });

  test('minus zero is zero', () => {
    scope(() => {
      expect([zeros([-0]).shape, zeros([2]).rows(-0, -0).shape]).toEqual([[0], [0]]);
    });
  });
});
