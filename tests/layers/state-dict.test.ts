// State dictionaries: independent of the layer, in two forms, and loaded all or nothing.
import { afterEach, describe, expect, test } from '@jest/globals';
import { BatchNorm, createRuntime, type Layer, LayerNorm, scope, tensor, zeros } from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import { expectRefusal } from '../support/errors.ts';
import { affine, kinds, named } from '../support/layers.ts';
import { parameterShape } from '../support/operations.ts';
import { normals } from '../support/random.ts';

const made: { dispose(): void }[] = [];
const keep = <T extends { dispose(): void }>(layer: T): T => {
  made.push(layer);
  return layer;
};
afterEach(() => {
  for (const layer of made.splice(0)) layer.dispose();
});

type Dict = Record<string, unknown>;
const trained = () => {
  const norm = keep(new BatchNorm(3));
  scope(() => norm.forward(tensor(normals(60, 1, 2, 3), [20, 3]), { save: false }));
  norm.weight.copyFrom([1.5, 2.5, 0.1]);
  norm.bias.copyFrom([-1, 1e-7, 3]);
  return norm;
};
const good = (): Dict => ({
  weight: [1, 2, 3],
  bias: [4, 5, 6],
  running_mean: [7, 8, 9],
  running_var: [10, 11, 12],
  num_batches_tracked: 13,
});
const contents = (norm: Layer) => ({ ...norm.stateDict({ json: true }) });

describe('saving', () => {
  test('gives typed arrays that do not follow the layer', () => {
    const norm = trained();
    const dict = norm.stateDict() as Record<string, Float32Array>;
    const before = JSON.stringify(norm.stateDict({ json: true }));
    expect(Object.keys(dict)).toEqual(['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']);
    expect(dict.num_batches_tracked).toEqual(BigInt64Array.of(1n));
    expect(dict.weight).toEqual(Float32Array.of(1.5, 2.5, 0.1));
    expect(dict.weight!.buffer.byteLength).toBe(12);
    norm.weight.copyFrom([0, 0, 0]);
    expect(dict.weight![0]).toBe(1.5);
    dict.bias![0] = 99;
    expect(norm.bias.data[0]).toBe(-1);
    norm.weight.copyFrom([1.5, 2.5, 0.1]);
    expect(JSON.stringify(norm.stateDict({ json: true }))).toBe(before);
  });

  test('gives nested arrays and numbers for JSON', () => {
    const norm = keep(new LayerNorm([2, 3]));
    expect(norm.stateDict({ json: true })).toEqual({
      weight: [
        [1, 1, 1],
        [1, 1, 1],
      ],
      bias: [
        [0, 0, 0],
        [0, 0, 0],
      ],
    });
    expect(trained().stateDict({ json: true }).num_batches_tracked).toBe(1);
  });

  test('uses the prefix as it is', () => {
    const norm = keep(new LayerNorm(2));
    expect(Object.keys(norm.stateDict({ prefix: 'block.0.norm.' }))).toEqual([
      'block.0.norm.weight',
      'block.0.norm.bias',
    ]);
    expect(Object.keys(norm.stateDict({ prefix: 'n', json: true }))).toEqual(['nweight', 'nbias']);
  });

  test.each(named())('%s names what it has', (_, kind) => {
    const layer = keep(kind.make());
    const has = [
      layer.weight && 'weight',
      layer.bias && 'bias',
      layer.runningMean && 'running_mean',
      layer.runningVar && 'running_var',
      layer.runningMean && 'num_batches_tracked',
    ];
    expect(Object.keys(layer.stateDict())).toEqual(has.filter(Boolean));
  });
});

describe('loading', () => {
  test.each(kinds.flatMap((kind) => [false, true].map((json) => [kind.name, json, kind] as const)))(
    '%s takes back what it saved, to the last bit, as JSON: %p',
    (_, json, kind) => {
      const [from, to] = [keep(kind.make(affine)), keep(kind.make(affine))];
      const shape = parameterShape(kind.case);
      from.weight!.copyFrom(
        normals(
          shape.reduce((a, b) => a * b),
          1,
        ),
      );
      from.bias!.copyFrom(
        normals(
          shape.reduce((a, b) => a * b),
          2,
          0,
          1e-20,
        ),
      );
      const dict = from.stateDict({ json: json as true });
      const given = json ? JSON.parse(JSON.stringify(dict)) : dict;
      expect(to.loadStateDict(given)).toEqual({ missing: [], unexpected: [] });
      expect(to.stateDict()).toEqual(from.stateDict());
    },
  );

  test.each<[string, (values: number[]) => unknown]>([
    ['a Float32Array', (v) => Float32Array.from(v)],
    ['a Float64Array', (v) => Float64Array.from(v)],
    ['an array', (v) => v],
    ['{ data, shape }', (v) => ({ data: Float32Array.from(v), shape: [3] })],
    ['a tensor', (v) => tensor(v)],
  ])('takes %s', (_, form) => {
    const norm = keep(new BatchNorm(3));
    scope(() => {
      norm.loadStateDict({ ...good(), weight: form([1, 2, 3]), running_var: form([10, 11, 12]) } as never);
      expect(contents(norm)).toEqual(good());
    });
  });

  test.each<[string, unknown]>([
    ['a number', 13],
    ['a bigint', 13n],
    ['a BigInt64Array', BigInt64Array.of(13n)],
    ['a typed array of one', Float32Array.of(13)],
    ['{ data, shape }', { data: BigInt64Array.of(13n), shape: [] }],
    ['{ data } that is an array', { data: [13] }],
  ])('takes %s for the counter', (_, count) => {
    const norm = keep(new BatchNorm(3));
    norm.loadStateDict({ ...good(), num_batches_tracked: count } as never);
    expect(Number(norm.numBatchesTracked)).toBe(13);
  });

  test('takes nested arrays for parameters of several axes', () => {
    const norm = keep(new LayerNorm([2, 2]));
    norm.loadStateDict({
      weight: [
        [1, 2],
        [3, 4],
      ],
      bias: Float32Array.of(5, 6, 7, 8),
    });
    expect([norm.weight.toArray(), norm.bias.toArray()]).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
  });

  test('is used by the next forward', () => {
    const norm = keep(new BatchNorm(3)).eval();
    norm.loadStateDict(good() as never);
    scope(() => {
      const y = norm.forward(tensor([[7, 8 + Math.sqrt(11 + 1e-5), 9]]));
      expect(y.toArray()).toEqual([[4, 7, 6]]);
    });
  });

  test('takes views of linear memory, though its own allocation makes memory grow', () => {
    const size = 300_000;
    const runtime = createRuntime();
    const from = tensor(normals(2 * size, 1), [2, size], { runtime });
    const norm = new LayerNorm(size, { runtime });
    norm.loadStateDict({ weight: from.rows(0, 1).data, bias: from.rows(1).data });
    expectSameBits(norm.weight.data, from.rows(0, 1).data, 'weight');
    expectSameBits(norm.bias.data, from.rows(1).data, 'bias');
    runtime.dispose();
  });

  test('leaves gradients as they are', () => {
    const norm = trained();
    scope(() => {
      norm.forward(tensor(normals(60, 1), [20, 3]));
      norm.backward(tensor(normals(60, 2), [20, 3]));
    });
    const before = norm.weight.grad!.toTypedArray();
    norm.loadStateDict(good() as never);
    expect(norm.weight.grad!.data).toEqual(before);
  });

  test('with a prefix ignores all other keys', () => {
    const norm = keep(new BatchNorm(3));
    const dict: Dict = { weight: 'not mine', 'other.weight': [1], nested: {} };
    for (const [key, value] of Object.entries(good())) dict[`a.${key}`] = value;
    expect(norm.loadStateDict(dict as never, { prefix: 'a.' })).toEqual({ missing: [], unexpected: [] });
    expect(contents(norm)).toEqual(good());
  });

  test('is not told of another prefix when nothing is missing', () => {
    const norm = keep(new BatchNorm(3));
    const dict: Dict = { 'a.weight': [1, 2, 3] };
    for (const [key, value] of Object.entries(good())) dict[`a${key}`] = value;
    const text = ['Unexpected key(s) in state_dict: "a.weight".'];
    const error = expectRefusal(() => norm.loadStateDict(dict as never, { prefix: 'a' }), { name: 'RangeError', text });
    expect(error.message).not.toContain('prefix');
  });

  test('takes a number for a parameter of one element', () => {
    const norm = keep(new LayerNorm(1));
    norm.loadStateDict({ weight: 2, bias: 3 });
    expect([norm.weight.toArray(), norm.bias.toArray()]).toEqual([[2], [3]]);
    expectRefusal(() => norm.loadStateDict({ weight: [2, 2], bias: 3 }), { name: 'RangeError', text: '[2]' });
  });

  test('names missing and unexpected keys without the prefix', () => {
    const norm = keep(new BatchNorm(3));
    const before = contents(norm);
    const dict = { 'a.weight': [9, 9, 9], 'a.extra': 1, 'b.bias': [1, 2, 3] };
    expect(norm.loadStateDict(dict as never, { prefix: 'a.', strict: false })).toEqual({
      missing: ['bias', 'running_mean', 'running_var', 'num_batches_tracked'],
      unexpected: ['extra'],
    });
    expect(contents(norm)).toEqual({ ...before, weight: [9, 9, 9] });
  });
});

describe('all or nothing', () => {
  const without = (key: string) => {
    const dict = good();
    delete dict[key];
    return dict;
  };
  const inherited = () => Object.create(good()) as Dict;
  const hostile = (key: string) => JSON.parse(`{"${key}": [1, 2, 3], ${JSON.stringify(good()).slice(1)}`) as Dict;

  const refused: [string, () => Dict, 'RangeError' | 'TypeError', string[]][] = [
    ['a missing parameter', () => without('bias'), 'RangeError', ['Missing key(s) in state_dict: ', 'bias']],
    ['a missing buffer', () => without('running_var'), 'RangeError', ['Missing key(s) in state_dict: ', 'running_var']],
    [
      'a missing counter',
      () => without('num_batches_tracked'),
      'RangeError',
      ['Missing key(s) in state_dict: ', 'num_batches_tracked'],
    ],
    [
      'an unexpected key',
      () => ({ ...good(), gamma: [1, 2, 3] }),
      'RangeError',
      ['Unexpected key(s) in state_dict: ', 'gamma'],
    ],
    [
      'another prefix',
      () => ({ 'x.weight': [1, 2, 3] }),
      'RangeError',
      ['Missing key(s) in state_dict: ', 'weight', 'Unexpected key(s) in state_dict: ', 'x.weight'],
    ],
    ['inherited keys', inherited, 'RangeError', ['Missing key(s) in state_dict: ', 'weight', 'num_batches_tracked']],
    ['a key __proto__', () => hostile('__proto__'), 'RangeError', ['Unexpected key(s) in state_dict: ', '__proto__']],
    [
      'a key constructor',
      () => hostile('constructor'),
      'RangeError',
      ['Unexpected key(s) in state_dict: ', 'constructor'],
    ],
    ['a key toString', () => hostile('toString'), 'RangeError', ['Unexpected key(s) in state_dict: ', 'toString']],
    ['a short last value', () => ({ ...good(), running_var: [1, 2] }), 'RangeError', ['running_var', '3', '2']],
    ['a long value', () => ({ ...good(), bias: Float32Array.of(1, 2, 3, 4) }), 'RangeError', ['bias', '3', '4']],
    ['a ragged value', () => ({ ...good(), bias: [[1, 2], [3]] }), 'RangeError', ['bias']],
    ['a string', () => ({ ...good(), running_mean: 'abc' }), 'TypeError', ['running_mean']],
    ['a null', () => ({ ...good(), running_mean: null }), 'TypeError', ['running_mean']],
    ['strings in an array', () => ({ ...good(), weight: ['1', '2', '3'] }), 'TypeError', ['weight']],
    ['a counter of two', () => ({ ...good(), num_batches_tracked: [1, 2] }), 'RangeError', ['num_batches_tracked']],
    ...[1.5, -1, Number.NaN, 2 ** 53].map((count): [string, () => Dict, 'RangeError', string[]] => [
      `a counter of ${count}`,
      () => ({ ...good(), num_batches_tracked: count }),
      'RangeError',
      [`num_batches_tracked must be an integer ≥ 0, got ${count}`],
    ]),
    ...["'1'", 'null', 'true'].map((words): [string, () => Dict, 'TypeError', string[]] => [
      `a counter that is ${words}`,
      () => ({ ...good(), num_batches_tracked: JSON.parse(words.replaceAll("'", '"')) }),
      'TypeError',
      ['num_batches_tracked', `got ${words}`],
    ]),
  ];

  test.each(refused)('%s is refused, and nothing is changed', (_, dict, name, text) => {
    const norm = trained();
    const before = contents(norm);
    expectRefusal(() => norm.loadStateDict(dict() as never), { name, text });
    expect(contents(norm)).toEqual(before);
    norm.loadStateDict(good() as never);
    expect(contents(norm)).toEqual(good());
  });

  test('a wrong length is refused without strictness, too', () => {
    const norm = trained();
    const before = contents(norm);
    const dict = { weight: [9, 9, 9], bias: [1] };
    expectRefusal(() => norm.loadStateDict(dict, { strict: false }), {
      name: 'RangeError',
      text: ['bias', '3', '1'],
    });
    expect(contents(norm)).toEqual(before);
  });

  test.each([
    [[4], [2, 2]],
    [[4], [4, 1]],
    [[4, 1], [4]],
    [
      [2, 2],
      [1, 4],
    ],
  ])('as many values of shape %j for a parameter of shape %j are refused', (given, own) => {
    scope(() => {
      const norm = keep(new LayerNorm(own));
      const text = [`copying a param with shape [${given}] from checkpoint`, `in current model is [${own}]`];
      for (const weight of [zeros(given), { data: new Float32Array(4), shape: given }]) {
        expectRefusal(() => norm.loadStateDict({ weight } as never, { strict: false }), {
          name: 'RangeError',
          code: 'SHAPE',
          text,
        });
      }
    });
  });

  test.each([null, undefined, 7, 'weights'])('%p is no state dictionary', (dict) => {
    const norm = trained();
    expectRefusal(() => norm.loadStateDict(dict as never), { name: 'TypeError', code: 'TYPE' });
  });

  test('a disposed tensor among the values is refused', () => {
    const norm = trained();
    const before = contents(norm);
    const gone = tensor([1, 2, 3]);
    gone.dispose();
    expectRefusal(() => norm.loadStateDict({ ...good(), running_var: gone } as never), {
      name: 'StateError',
      code: 'DISPOSED',
    });
    expect(contents(norm)).toEqual(before);
  });

  test('a dictionary without a prototype is as good as any', () => {
    const norm = trained();
    norm.loadStateDict(Object.assign(Object.create(null), good()));
    expect(contents(norm)).toEqual(good());
  });
});

test('loading tensors of the layer itself reads all before it writes any', () => {
  const norm = keep(new LayerNorm(2));
  norm.weight.copyFrom([1, 2]);
  norm.bias.copyFrom([3, 4]);
  norm.loadStateDict({ weight: norm.bias, bias: norm.weight });
  expect([norm.weight.toArray(), norm.bias.toArray()]).toEqual([
    [3, 4],
    [1, 2],
  ]);
  norm.loadStateDict({ weight: norm.bias.data, bias: norm.weight.data });
  expect(norm.stateDict({ json: true })).toEqual({ weight: [1, 2], bias: [3, 4] });
});

describe('the counter of a preset without one', () => {
  const presets = ['keras', 'flax', 'onnx'] as const;
  const make = (preset: (typeof presets)[number], momentum: number | null) =>
    keep(new BatchNorm(1, { preset, momentum, affine: false, channelAxis: 1 }));
  const feed = (norm: Layer, ...values: number[]) =>
    scope(() => norm.forward(tensor(values, [values.length, 1]), { save: false }));

  test.each(presets)('%s: a cumulative average goes on after loading', (preset) => {
    const first = make(preset, null);
    for (let i = 0; i < 9; i++) feed(first, 1, 2, 3, 4);
    const dict = first.stateDict();
    expect(dict.num_batches_tracked).toEqual(BigInt64Array.of(9n));
    const second = make(preset, null);
    expect(second.loadStateDict(dict)).toEqual({ missing: [], unexpected: [] });
    feed(first, 100, 200, 300, 400);
    feed(second, 100, 200, 300, 400);
    expect(second.runningMean!.data[0]).toBeCloseTo(27.25, 4);
    expect(second.stateDict({ json: true })).toEqual(first.stateDict({ json: true }));
  });

  test.each(presets)('%s: it may be missing', (preset) => {
    const norm = make(preset, null);
    const { num_batches_tracked: _, ...dict } = norm.stateDict();
    feed(norm, 1, 2);
    expect(norm.loadStateDict(dict)).toEqual({ missing: [], unexpected: [] });
    expect(norm.numBatchesTracked).toBe(1);
  });

  test.each(presets)('%s: with a momentum there is none', (preset) => {
    const norm = make(preset, 0.1);
    expect(norm.stateDict()).not.toHaveProperty('num_batches_tracked');
    const dict = { ...norm.stateDict(), num_batches_tracked: 3 };
    expectRefusal(() => norm.loadStateDict(dict), { name: 'RangeError', text: 'num_batches_tracked' });
  });
});

describe('the error for keys that do not fit', () => {
  const message = (dict: Dict, options?: { prefix: string }) =>
    expectRefusal(() => keep(new LayerNorm(2)).loadStateDict(dict as never, options), {
      name: 'RangeError',
      code: 'VALUE',
    }).message;
  const under = (prefix: string) => ({ [`${prefix}weight`]: [1, 2], [`${prefix}bias`]: [1, 2] });

  test('is PyTorch’s, with nothing behind it', () => {
    expect(message({})).toBe('Missing key(s) in state_dict: "weight", "bias".');
    expect(message({ ...under(''), a: 1, b: 2 })).toBe('Unexpected key(s) in state_dict: "a", "b".');
    expect(message({ weight: [1, 2], gamma: 1 })).toBe(
      'Missing key(s) in state_dict: "bias". Unexpected key(s) in state_dict: "gamma".',
    );
    expect(message({ 'a.weight': [1, 2] }, { prefix: 'a.' })).toBe('Missing key(s) in state_dict: "a.bias".');
  });

  test('tells of a prefix without its dot', () => {
    const text = "Keys begin with 'a.norm.': pass { prefix: 'a.norm.' }.";
    expect(message(under('a.norm.'), { prefix: 'a.norm' })).toContain(text);
    expect(message(under('other.'), { prefix: 'a.norm' })).not.toContain('pass');
  });

  test('tells the prefix that all keys have', () => {
    expect(message(under('a.norm.'))).toContain("Keys begin with 'a.norm.': pass { prefix: 'a.norm.' }.");
    expect(message({ ...under('a.'), ...under('b.') })).not.toContain('pass');
    expect(message({ gamma: 1 })).not.toContain('pass');
  });

  test('tells what to pass for a Map', () => {
    expectRefusal(() => keep(new LayerNorm(2)).loadStateDict(new Map(Object.entries(under(''))) as never), {
      name: 'TypeError',
      code: 'TYPE',
      text: 'got a Map: pass Object.fromEntries(map)',
    });
  });
});
