// What a message says of the value it refuses: enough to find it, and no more than a line has room for.
import { describe, expect, test } from '@jest/globals';
import {
  BatchNorm,
  backward,
  createRuntime,
  full,
  GroupNorm,
  groupNorm,
  LayerNorm,
  layerNorm,
  layerNormForward,
  scope,
  setDefaultRuntime,
  tensor,
  zeros,
} from 'normlayers';
import { caught, expectRefusal, refusals, refused } from '../support/errors.ts';

const { type } = refused;

describe('what was given is named', () => {
  const values: [string, () => unknown][] = [
    ['null', () => null],
    ['0.5', () => 0.5],
    ["'yes'", () => 'yes'],
    [`'${'a'.repeat(40)}'`, () => 'a'.repeat(40)],
    [`'${'a'.repeat(40)}…'`, () => `${'a'.repeat(40)}b`],
    ['3n', () => 3n],
    ['a function', () => () => true],
    ['a symbol', () => Symbol('secret')],
    ['a Tensor', () => zeros([1])],
    ['a proxy of a Tensor', () => new Proxy(zeros([1]), {})],
    ['a saved state', () => layerNormForward(zeros([1, 2]), 2).saved],
    ['a Float32Array', () => new Float32Array(1)],
    ['an Int8Array', () => new Int8Array(1)],
    ['a Uint8Array', () => new Uint8Array(1)],
    ['a Promise (await it)', () => Promise.resolve(true)],
    ['a Date', () => new Date(0)],
    ['an array', () => [true]],
    ['an object', () => ({ debug: true })],
  ];
  test.each(values)('%s', (words, make) => {
    scope(() => {
      const debug = make() as boolean;
      const error = expectRefusal(() => createRuntime({ debug }), type);
      expect(error.message).toBe(`debug must be a boolean, got ${words}`);
    });
  });
});

describe('the whole message, with a cure only where it is one', () => {
  const rows: [string, () => unknown][] = [
    ["x must be a Tensor, got 'x'", () => layerNorm('x' as never, 2)],
    ['x must be a Tensor, got an object', () => layerNorm({} as never, 2)],
    [
      'x must be a Tensor, got an object: make one with tensor(values, shape)',
      () => layerNorm({ data: new Float32Array(2), dims: [1, 2] } as never, 2),
    ],
    ['x must be a Tensor, got an array: make one with tensor(values, shape)', () => layerNorm([1] as never, 1)],
    ["x must be a Tensor, got 'x'", () => new BatchNorm(2).forward('x' as never)],
    ['x must be a Tensor, got a Promise (await it)', () => layerNorm(Promise.resolve(zeros([1, 2])) as never, 2)],
    ...[0, -2].flatMap((channelAxis): [string, () => unknown][] => [
      [`channelAxis must be 1 or -1, got ${channelAxis}`, () => new BatchNorm(2, { channelAxis })],
      [`channelAxis must be 1 or -1, got ${channelAxis}`, () => new GroupNorm(1, 2, { channelAxis })],
      [`channelAxis must be 1 or -1, got ${channelAxis}`, () => groupNorm(zeros([1, 2]), 1, { channelAxis })],
    ]),
    ["value must be a number, got 'a'", () => full([2], 'a' as never)],
    ['shape must be an array of numbers, got 4: pass [4]', () => zeros(4 as never, 8 as never)],
    ['shape must be an array of numbers, got 2: pass [2]', () => tensor([1, 2, 3, 4], 2 as never, 2 as never)],
    [
      'Expected number of channels in input to be divisible by num_groups, but got input of shape [2, 4, 5, 6] and ' +
        'num_groups=3: x of shape [2, 4, 5, 6] has 4 channels, on axis 1',
      () => groupNorm(zeros([2, 4, 5, 6]), 3),
    ],
    [
      'Expected number of channels in input to be divisible by num_groups, but got input of shape [2, 6, 5, 4] and ' +
        'num_groups=3: x of shape [2, 6, 5, 4] has 4 channels, on axis 3',
      () => groupNorm(zeros([2, 6, 5, 4]), 3, { channelAxis: -1 }),
    ],
    ["normalizedShape must be a number or an array of numbers, got '3'", () => layerNorm(zeros([1, 3]), '3' as never)],
    ['prefix must be a string, got 5', () => new BatchNorm(2).stateDict({ prefix: 5 as never })],
    [
      'options must be an object with any of weight, bias, eps, out, got a Tensor: pass { weight }',
      () => layerNorm(zeros([1, 2]), 2, zeros([2]) as never),
    ],
    [
      'options must be an object with any of weight, bias, eps, out, got a saved state',
      () => layerNorm(zeros([1, 2]), 2, layerNormForward(zeros([1, 2]), 2).saved as never),
    ],
    [
      'options must be an object with any of needs, out, accumulate, saved, got a saved state: pass { saved }',
      () => new LayerNorm(2).backward(zeros([1, 2]), layerNormForward(zeros([1, 2]), 2).saved as never),
    ],
    ...(['dx', 'dweight', 'dbias'] as const).map((key): [string, () => unknown] => [
      `needs.${key} must be a boolean, got 'yes'`,
      () => backward(layerNormForward(zeros([1, 2]), 2).saved, zeros([1, 2]), { needs: { [key]: 'yes' as never } }),
    ]),
    ...(['dx', 'dweight', 'dbias'] as const).map((key): [string, () => unknown] => [
      `accumulate.${key} needs out.${key}: there is nothing to add to`,
      () => {
        const [x, weight, bias] = [zeros([1, 2]), zeros([2]), zeros([2])];
        const { saved } = layerNormForward(x, 2, { weight, bias });
        const wanted = { needs: { [key]: false }, accumulate: { [key]: true }, out: { [key]: null as never } };
        return backward(saved, x, wanted);
      },
    ]),
  ];
  test.each(rows)('%s', (words, call) => {
    scope(() => expect(caught(call).message).toBe(words));
  });

  test('another axis of channels is named where x has as many as there are values, and no other way', () => {
    scope(() => {
      const weight = zeros([3, 1]);
      const words = (shape: number[], given = weight) =>
        caught(() => groupNorm(zeros(shape), 1, { weight: given, channelAxis: 1 })).message;
      expect(words([2, 4, 3])).toContain('channelAxis: -1');
      expect(words([2, 4, 5])).not.toContain('channelAxis');
      // As many as there are channels: it is the shape that is wrong.
      expect(words([2, 3, 3])).not.toContain('channelAxis');
    });
  });
});

describe('a cure is one that there is', () => {
  test('of tensors in two runtimes: to make the other, where a layer made the one', () => {
    scope(() => {
      const other = createRuntime();
      const weight = zeros([2], { runtime: other });
      const norm = new LayerNorm(2, { runtime: other });
      const x = zeros([1, 2]);
      expect(caught(() => layerNorm(x, 2, { weight })).message).toBe(
        'weight and x are in different runtimes: make weight with { runtime: x.runtime }',
      );
      expect(caught(() => norm.forward(x)).message).toBe(
        'weight and x are in different runtimes: make x with { runtime: weight.runtime }',
      );
      norm.dispose();
      other.dispose();
    });
  });

  test('of memory: a larger maxMemory, where it may be larger', () => {
    const small = createRuntime({ maxMemory: 2 ** 20 });
    const message = (runtime = small) => caught(() => zeros([2 ** 30], { runtime })).message;
    expect(message()).toMatch(/dispose tensors, or give createRuntime a larger maxMemory$/);
    const large = createRuntime();
    expect(message(large)).toMatch(/dispose tensors$/);
    for (const runtime of [small, large]) runtime.dispose();
  });
});

describe('what another version of the package made', () => {
  /** A brand with internals of a layout that is not ours. */
  const foreign = (brand: string): never => ({ [Symbol.for(`normlayers.${brand}`)]: () => 2 }) as never;
  const another = (name: string) => ({
    name: 'TypeError' as const,
    code: 'RUNTIME' as const,
    text: `${name} is of another, incompatible version of normlayers: install one version`,
  });
  refusals(
    () => zeros([1, 2]),
    [
      ['a runtime', () => setDefaultRuntime(foreign('runtime')), another('runtime')],
      ['a tensor', () => layerNormForward(foreign('tensor'), 2), another('x')],
      ['a saved state', (x) => layerNormForward(x, 2, { reuse: foreign('saved') }), another('reuse')],
    ],
  );
});

test('classes of errors have their name as the language’s own have', () => {
  const errors = [
    caught(() => zeros([2 ** 31])),
    caught(() => {
      const gone = tensor([1]);
      gone.dispose();
      return gone.data;
    }),
  ];
  const own = Object.getOwnPropertyDescriptor(RangeError.prototype, 'name');
  for (const error of errors) {
    expect(Object.getOwnPropertyDescriptor(Object.getPrototypeOf(error), 'name')).toEqual({
      ...own,
      value: error.name,
    });
  }
});
