// State dictionaries that are loaded: in every form that a value may have, and with what may be missing.
import { afterEach, describe, expect, test } from '@jest/globals';
import { BatchNorm, createRuntime, type Layer, LayerNorm, scope, tensor } from 'normlayers';
import { expectSameBits } from '../../support/bits.ts';
import { expectRefusal } from '../../support/errors.ts';
import { affine, kinds } from '../../support/layers.ts';
import { parameterShape } from '../../support/operations.ts';
import { normals } from '../../support/random.ts';
import { type Dict, disposeLayers, goodDict, keepLayer, stateOf, trained } from '../../support/state-dict.ts';

afterEach(disposeLayers);

describe('loading', () => {
  test.each(kinds.flatMap((kind) => [false, true].map((json) => [kind.name, json, kind] as const)))(
    '%s takes back what it saved, to the last bit, as JSON: %p',
    (_, json, kind) => {
      const [from, to] = [keepLayer(kind.make(affine)), keepLayer(kind.make(affine))];
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
    const norm = keepLayer(new BatchNorm(3));
    scope(() => {
      norm.loadStateDict({ ...goodDict(), weight: form([1, 2, 3]), running_var: form([10, 11, 12]) } as never);
      expect(stateOf(norm)).toEqual(goodDict());
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
    const norm = keepLayer(new BatchNorm(3));
    norm.loadStateDict({ ...goodDict(), num_batches_tracked: count } as never);
    expect(Number(norm.numBatchesTracked)).toBe(13);
  });

  test('takes nested arrays for parameters of several axes', () => {
    const norm = keepLayer(new LayerNorm([2, 2]));
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
    const norm = keepLayer(new BatchNorm(3)).eval();
    norm.loadStateDict(goodDict() as never);
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
    norm.loadStateDict(goodDict() as never);
    expect(norm.weight.grad!.data).toEqual(before);
  });

  test('with a prefix ignores all other keys', () => {
    const norm = keepLayer(new BatchNorm(3));
    const dict: Dict = { weight: 'not mine', 'other.weight': [1], nested: {} };
    for (const [key, value] of Object.entries(goodDict())) dict[`a.${key}`] = value;
    expect(norm.loadStateDict(dict as never, { prefix: 'a.' })).toEqual({ missing: [], unexpected: [] });
    expect(stateOf(norm)).toEqual(goodDict());
  });

  test('is not told of another prefix when nothing is missing', () => {
    const norm = keepLayer(new BatchNorm(3));
    const dict: Dict = { 'a.weight': [1, 2, 3] };
    for (const [key, value] of Object.entries(goodDict())) dict[`a${key}`] = value;
    const text = ['Unexpected key(s) in state_dict: "a.weight".'];
    const error = expectRefusal(() => norm.loadStateDict(dict as never, { prefix: 'a' }), { name: 'RangeError', text });
    expect(error.message).not.toContain('prefix');
  });

  test('takes a number for a parameter of one element', () => {
    const norm = keepLayer(new LayerNorm(1));
    norm.loadStateDict({ weight: 2, bias: 3 });
    expect([norm.weight.toArray(), norm.bias.toArray()]).toEqual([[2], [3]]);
    expectRefusal(() => norm.loadStateDict({ weight: [2, 2], bias: 3 }), { name: 'RangeError', text: '[2]' });
    const ofTwoAxes = keepLayer(new LayerNorm([1, 1]));
    ofTwoAxes.loadStateDict({ weight: 2, bias: 3 });
    expect([ofTwoAxes.weight.toArray(), ofTwoAxes.bias.toArray()]).toEqual([[[2]], [[3]]]);
  });

  test('names missing and unexpected keys without the prefix', () => {
    const norm = keepLayer(new BatchNorm(3));
    const before = stateOf(norm);
    const dict = { 'a.weight': [9, 9, 9], 'a.extra': 1, 'b.bias': [1, 2, 3] };
    expect(norm.loadStateDict(dict as never, { prefix: 'a.', strict: false })).toEqual({
      missing: ['bias', 'running_mean', 'running_var', 'num_batches_tracked'],
      unexpected: ['extra'],
    });
    expect(stateOf(norm)).toEqual({ ...before, weight: [9, 9, 9] });
  });
});

test('loading tensors of the layer itself reads all before it writes any', () => {
  const norm = keepLayer(new LayerNorm(2));
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
    keepLayer(new BatchNorm(1, { preset, momentum, affine: false, channelAxis: 1 }));
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
