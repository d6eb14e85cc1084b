// What a tensor tells of itself, its data as it is in memory, and copies in and out.
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { empty, memory, ones, tensor, zeros } from 'normlayers';
import { expectRefusal } from '../support/errors.ts';
import { tidy } from '../support/tidy.ts';

describe('properties', () => {
  test(
    'describe the tensor',
    tidy(() => {
      const t = zeros([2, 3, 4]);
      expect([t.shape, t.size, t.rank, t.dtype, t.disposed]).toEqual([[2, 3, 4], 24, 3, 'float32', false]);
      expect(t.byteOffset).toBe(t.data.byteOffset);
      expect(Object.isFrozen(t.shape)).toBe(true);
      expect(t.runtime).toBe(zeros([1]).runtime);
    }),
  );

  test(
    'print as type and shape',
    tidy(() => {
      const t = zeros([8, 64, 56]);
      expect(String(t)).toBe('Tensor float32 [8, 64, 56]');
      expect(inspect(t)).toBe('Tensor float32 [8, 64, 56]');
      expect(String(zeros([2], { dtype: 'float64' }))).toBe('Tensor float64 [2]');
    }),
  );

  test(
    'allocations start at 64-byte boundaries',
    tidy(() => {
      for (const size of [1, 3, 17, 100]) expect(empty([size]).byteOffset % 64).toBe(0);
    }),
  );

  test(
    'without elements there is nothing to allocate',
    tidy(() => {
      const before = memory();
      const made = [zeros([0]), empty([3, 0]), tensor([]), ones([0, 2], { dtype: 'float64' })];
      expect(memory()).toEqual({ ...before, tensors: before.tensors + made.length });
    }),
  );

  test(
    'the shape given is not the shape kept',
    tidy(() => {
      const shape = [2, 2];
      const t = zeros(shape);
      shape[0] = 9;
      expect(t.shape).toEqual([2, 2]);
    }),
  );
});

describe('data', () => {
  test(
    'is live, and the same view until memory grows',
    tidy(() => {
      const t = tensor([1, 2, 3]);
      const view = t.data;
      expect(t.data).toBe(view);
      view[1] = 9;
      expect(t.toArray()).toEqual([1, 9, 3]);
    }),
  );

  test(
    'is remade after memory grew',
    tidy(() => {
      const t = tensor([1, 2, 3]);
      const view = t.data;
      while (view.length > 0) empty([1_000_000]);
      expect(t.data).toEqual(Float32Array.of(1, 2, 3));
      t.data[0] = 5;
      expect(t.toArray()).toEqual([5, 2, 3]);
    }),
  );

  test('copies outlive the tensor', () => {
    const t = tensor([1, 2, 3]);
    const copy = t.toTypedArray();
    t.dispose();
    expect(copy).toEqual(Float32Array.of(1, 2, 3));
    expect(copy.buffer.byteLength).toBe(12);
  });
});

describe('copyFrom', () => {
  test(
    'takes what tensor() takes',
    tidy(() => {
      const t = zeros([2, 2]);
      t.copyFrom([
        [1, 2],
        [3, 4],
      ]);
      expect(t.toArray()).toEqual([
        [1, 2],
        [3, 4],
      ]);
      t.copyFrom(Float64Array.of(5, 6, 7, 8));
      expect(t.toArray()).toEqual([
        [5, 6],
        [7, 8],
      ]);
      t.copyFrom(
        tensor([
          [9, 10],
          [11, 12],
        ]),
      );
      expect(t.toArray()).toEqual([
        [9, 10],
        [11, 12],
      ]);
    }),
  );

  test(
    'copies between overlapping rows of one memory',
    tidy(() => {
      const t = tensor([1, 2, 3, 4, 5]);
      t.rows(1).copyFrom(t.rows(0, 4));
      expect(t.toArray()).toEqual([1, 1, 2, 3, 4]);
    }),
  );

  test(
    'refuses another size, and changes nothing',
    tidy(() => {
      const t = tensor([1, 2, 3]);
      expectRefusal(() => t.copyFrom([1, 2]), { name: 'RangeError', code: 'SHAPE' });
      expectRefusal(() => t.copyFrom(new Float32Array(4)), { name: 'RangeError', code: 'SHAPE' });
      expectRefusal(() => t.copyFrom('123' as never), { name: 'TypeError', code: 'TYPE' });
      expect(t.toArray()).toEqual([1, 2, 3]);
    }),
  );
});

describe('clone', () => {
  test(
    'is a copy of its own',
    tidy(() => {
      const t = tensor([
        [1, 2],
        [3, 4],
      ]);
      const copy = t.clone();
      copy.data[0] = 9;
      expect([t.toArray(), copy.toArray()]).toEqual([
        [
          [1, 2],
          [3, 4],
        ],
        [
          [9, 2],
          [3, 4],
        ],
      ]);
    }),
  );
});
