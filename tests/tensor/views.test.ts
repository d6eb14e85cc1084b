// Views, which share memory and keep it, and tensors that were disposed.
import { describe, expect, test } from '@jest/globals';
import { createRuntime, empty, layerNormBackward, memory, scope, type Tensor, tensor, zeros } from 'normlayers';
import { expectRefusal } from '../support/errors.ts';
import { tidy } from '../support/tidy.ts';

describe('reshape and rows', () => {
  test(
    'share memory',
    tidy(() => {
      const t = tensor([1, 2, 3, 4, 5, 6]);
      const square = t.reshape([2, 3]);
      expect(square.toArray()).toEqual([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      const second = square.rows(1, 2);
      expect(second.shape).toEqual([1, 3]);
      second.data[0] = 9;
      expect(t.data[3]).toBe(9);
      expect(second.byteOffset - t.byteOffset).toBe(12);
    }),
  );

  test(
    'one extent of -1 is inferred',
    tidy(() => {
      const t = zeros([2, 3, 4]);
      expect(t.reshape([6, -1]).shape).toEqual([6, 4]);
      expect(t.reshape([-1]).shape).toEqual([24]);
      expect(t.reshape([-1, 24]).shape).toEqual([1, 24]);
      // Any would do.
      expect(zeros([0, 3]).reshape([-1, 0]).shape).toEqual([0, 0]);
    }),
  );

  test(
    'rows go to the end by default, and may be none',
    tidy(() => {
      const t = tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]);
      expect(t.rows(1).toArray()).toEqual([
        [3, 4],
        [5, 6],
      ]);
      expect(t.rows(3).shape).toEqual([0, 2]);
      expect(t.rows(1, 1).toArray()).toEqual([]);
      const none = zeros([0, 3]);
      expect(none.rows(0, 0).byteOffset).toBe(none.byteOffset);
    }),
  );

  test('memory lives until its last owner is disposed', () => {
    const before = memory();
    const t = tensor([1, 2, 3, 4]);
    const views: Tensor[] = [t.reshape([2, 2]), t.rows(2)];
    t.dispose();
    expect(t.disposed).toBe(true);
    expect(views.map((view) => view.toArray())).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [3, 4],
    ]);
    expect(memory().bytesInUse).toBeGreaterThan(before.bytesInUse);
    for (const view of views) view.dispose();
    expect(memory()).toEqual({ ...before, bytesReserved: memory().bytesReserved });
  });

  test('reshape to another size tells both', () => {
    const t = zeros([2, 3]);
    const text = 'shape expected 6 elements, got [5] (5 elements)';
    expectRefusal(() => t.reshape([5]), { name: 'RangeError', code: 'SHAPE', text });
    t.dispose();
  });

  test.each<[string, (t: Tensor) => unknown]>([
    ['another size', (t) => t.reshape([5])],
    ['two unknown extents', (t) => t.reshape([-1, -1])],
    ['an extent that does not divide the size', (t) => t.reshape([4, -1])],
    ['a negative extent', (t) => t.reshape([-2, 3])],
    ['rows past the end', (t) => t.rows(0, 4)],
    ['rows from before the start', (t) => t.rows(-1)],
    ['rows that end before they start', (t) => t.rows(2, 1)],
    ['fractional rows', (t) => t.rows(0.5)],
    ['rows that are NaN', (t) => t.rows(Number.NaN)],
  ])('refuse %s', (_, call) => {
    scope(() => {
      const t = zeros([3, 2]);
      expectRefusal(() => call(t), { name: 'RangeError' });
    });
  });
});

describe('dispose', () => {
  test('is idempotent', () => {
    const before = memory();
    const t = zeros([10]);
    t.dispose();
    t.dispose();
    expect(t.disposed).toBe(true);
    expect(memory().tensors).toBe(before.tensors);
  });

  test.each<[string, (t: Tensor) => unknown]>([
    ['data', (t) => t.data],
    ['toTypedArray', (t) => t.toTypedArray()],
    ['toArray', (t) => t.toArray()],
    ['copyFrom', (t) => t.copyFrom([1, 2])],
    ['clone', (t) => t.clone()],
    ['reshape', (t) => t.reshape([1, 2])],
    ['rows', (t) => t.rows(0)],
  ])('makes %s throw', (_, call) => {
    const t = tensor([1, 2]);
    t.dispose();
    expectRefusal(() => call(t), { name: 'StateError', code: 'DISPOSED' });
  });

  test('leaves the tensor printable', () => {
    const t = tensor([1, 2]);
    t.dispose();
    expect(String(t)).toContain('Tensor');
  });
});

test('a tensor of no elements stays usable when memory has grown', () => {
  const runtime = createRuntime();
  const x = zeros([0, 3], { runtime });
  const view = x.data;
  expect(x.data).toBe(view);
  const large = empty([2 ** 20], { runtime });
  expect(view.buffer.byteLength).toBe(0);
  expect([...x.data.fill(0)]).toEqual([]);
  expect(x.toTypedArray()).toEqual(new Float32Array());
  expect(x.clone().shape).toEqual([0, 3]);
  expect(tensor(x, undefined, { runtime }).shape).toEqual([0, 3]);
  expect(zeros([0], { runtime }).copyFrom(x.data).size).toBe(0);
  const [mean, rstd] = [zeros([0], { runtime }), zeros([0], { runtime })];
  for (const statistic of [mean, rstd]) expect(statistic.data).toHaveLength(0);
  empty([2 ** 22], { runtime }).dispose();
  expect(layerNormBackward(x, x, 3, { mean, rstd }).dx.shape).toEqual([0, 3]);
  large.dispose();
  runtime.dispose();
});
