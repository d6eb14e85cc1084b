// Tensors: what they are made of, what they show, and what they refuse.
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { empty, full, memory, ones, scope, type Tensor, tensor, zeros } from 'normlayers';
import { expectRefusal, type Refusal, refusals } from './support/errors.ts';

const shapeError = { name: 'RangeError', code: 'SHAPE' } as const;

/** Runs with tensors freed afterwards. */
const tidy = (body: () => void) => () => scope(() => body());

describe('tensor()', () => {
  test(
    'copies typed arrays, as float64 from Float64Array and as float32 from all else',
    tidy(() => {
      for (const array of [
        Float32Array.of(1, 2, 3, 4),
        Int8Array.of(1, 2, 3, 4),
        Uint8Array.of(1, 2, 3, 4),
        Uint8ClampedArray.of(1, 2, 3, 4),
        Int16Array.of(1, 2, 3, 4),
        Uint16Array.of(1, 2, 3, 4),
        Int32Array.of(1, 2, 3, 4),
        Uint32Array.of(1, 2, 3, 4),
      ]) {
        const t = tensor(array, [2, 2]);
        expect([t.dtype, t.shape, t.toArray()]).toEqual([
          'float32',
          [2, 2],
          [
            [1, 2],
            [3, 4],
          ],
        ]);
        array[0] = 9;
        expect(t.data[0]).toBe(1);
      }
      const t = tensor(Float64Array.of(0.1, 2));
      expect([t.dtype, t.data]).toEqual(['float64', Float64Array.of(0.1, 2)]);
    }),
  );

  test(
    'copies nested arrays, and takes their shape',
    tidy(() => {
      const t = tensor([
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ]);
      expect([t.dtype, t.shape, t.size, t.rank]).toEqual(['float32', [1, 2, 3], 6, 3]);
      expect(t.toArray()).toEqual([
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ]);
      expect(tensor([1, 2, 3, 4], [2, 2]).toArray()).toEqual([
        [1, 2],
        [3, 4],
      ]);
      expect(
        tensor(
          [
            [1, 2],
            [3, 4],
          ],
          [4],
        ).shape,
      ).toEqual([4]);
    }),
  );

  test(
    'copies what has data and shape or dims, as other libraries’ tensors',
    tidy(() => {
      const data = Float32Array.of(1, 2, 3, 4, 5, 6);
      expect(tensor({ data, shape: [2, 3] }).shape).toEqual([2, 3]);
      expect(tensor({ data, dims: [3, 2] }).shape).toEqual([3, 2]);
      expect(tensor({ data, shape: [2, 3], strides: [3, 1], offset: 0 } as never).shape).toEqual([2, 3]);
      expect(tensor({ data, shape: [2, 3], stride: [3, 1] } as never).shape).toEqual([2, 3]);
      // How far it is to a second one does not matter where there is none.
      expect(tensor({ data, shape: [1, 6], strides: [99, 1] } as never).shape).toEqual([1, 6]);
      class Foreign {
        readonly type = 'float32';
        readonly dims = [6];
        get data() {
          return data;
        }
      }
      expect(tensor(new Foreign()).data).toEqual(data);
      expect(tensor({ data: Float64Array.of(1), shape: [1] }).dtype).toBe('float64');
    }),
  );

  test(
    'converts to the dtype that is asked for',
    tidy(() => {
      expect(tensor(Float64Array.of(0.1), [1], { dtype: 'float32' }).data).toEqual(Float32Array.of(0.1));
      expect(tensor([0.1], [1], { dtype: 'float64' }).data).toEqual(Float64Array.of(0.1));
      expect(tensor(Float32Array.of(0.5), undefined, { dtype: 'float64' }).data).toEqual(Float64Array.of(0.5));
    }),
  );

  test(
    'takes the values of another tensor’s data, of a subarray and of an empty one',
    tidy(() => {
      const t = tensor([1, 2, 3, 4]);
      expect(tensor(t.data.subarray(1, 3)).data).toEqual(Float32Array.of(2, 3));
      expect(tensor(new Float32Array(0), [0, 3]).toArray()).toEqual([]);
      expect(tensor(new Float32Array(0)).shape).toEqual([0]);
    }),
  );

  test(
    'survives that copying its source forces memory to grow',
    tidy(() => {
      const source = tensor(Float32Array.from({ length: 300_000 }, (_, i) => i));
      for (let i = 0; i < 6; i++) {
        const copy = tensor(source.data);
        expect([copy.data[0], copy.data[299_999]]).toEqual([0, 299_999]);
      }
    }),
  );

  test.each<[string, () => unknown, Refusal]>([
    ['too few values', () => tensor([1, 2, 3], [2, 2]), { ...shapeError, text: ['3', '[2, 2]'] }],
    ['too many values', () => tensor(new Float32Array(5), [2, 2]), { ...shapeError, text: ['5', '[2, 2]'] }],
    ['ragged arrays', () => tensor([[1, 2], [3]] as never), { name: 'RangeError' }],
    ['arrays of uneven depth', () => tensor([[1, 2], 3] as never), { name: 'RangeError' }],
    ['a negative extent', () => tensor([1], [-1]), { name: 'RangeError', text: '-1' }],
    ['a fractional extent', () => tensor([1, 2], [1.5] as never), { name: 'RangeError', text: '1.5' }],
    ['an extent that is NaN', () => tensor([1], [Number.NaN]), { name: 'RangeError' }],
    ['a string', () => tensor('abc' as never), { name: 'TypeError', code: 'TYPE' }],
    ['null', () => tensor(null as never), { name: 'TypeError', code: 'TYPE' }],
    ['strings in an array', () => tensor(['1', '2'] as never), { name: 'TypeError', code: 'TYPE' }],
    ['a number', () => tensor(5 as never), { name: 'TypeError', code: 'TYPE' }],
    ['an unknown dtype', () => tensor([1], [1], { dtype: 'int8' as never }), { name: 'RangeError', text: 'dtype' }],
    ['a DataView', () => tensor(new DataView(new ArrayBuffer(8)) as never), { name: 'TypeError' }],
    ['an ArrayBuffer', () => tensor(new ArrayBuffer(8) as never), { name: 'TypeError' }],
    [
      'an object whose data is a method',
      () => tensor({ data: () => Float32Array.of(1), shape: [1] } as never),
      { name: 'TypeError', text: 'data' },
    ],
    [
      'strides that are not contiguous',
      () => tensor({ data: new Float32Array(6), shape: [2, 3], strides: [1, 2] } as never),
      { name: 'RangeError', text: 'strides' },
    ],
    [
      'a stride that is not contiguous',
      () => tensor({ data: new Float32Array(6), shape: [2, 3], stride: [1, 2] } as never),
      { name: 'RangeError', text: 'stride' },
    ],
    [
      'an offset',
      () => tensor({ data: new Float32Array(7), shape: [2, 3], offset: 1 } as never),
      { name: 'RangeError', text: 'offset' },
    ],
  ])('refuses %s', (_, call, refusal) => {
    expectRefusal(call, refusal);
  });

  test('tells what to pass instead of an object whose data is a method', () => {
    const foreign = { data: async () => Float32Array.of(1), dataSync: () => Float32Array.of(1), shape: [1] };
    expect(() => tensor(foreign as never)).toThrow(/data\(\)|dataSync\(\)/);
  });
});

describe('fillers', () => {
  test(
    'make what they say',
    tidy(() => {
      expect(zeros([2, 2]).toArray()).toEqual([
        [0, 0],
        [0, 0],
      ]);
      expect(ones([3]).toArray()).toEqual([1, 1, 1]);
      expect(full([2], 2.5).toArray()).toEqual([2.5, 2.5]);
      expect(empty([2, 3]).shape).toEqual([2, 3]);
      expect(zeros([0, 3]).size).toBe(0);
    }),
  );

  test(
    'take a dtype',
    tidy(() => {
      const options = { dtype: 'float64' } as const;
      expect(
        [zeros([1], options), ones([1], options), full([1], 0.1, options), empty([1], options)].map((t) => t.dtype),
      ).toEqual(new Array(4).fill('float64'));
      expect(full([1], 0.1, options).data[0]).toBe(0.1);
    }),
  );

  test(
    'zeros are zeros also in memory used before',
    tidy(() => {
      full([1000], 7).dispose();
      expect(zeros([1000]).data.every((value) => value === 0)).toBe(true);
    }),
  );

  test.each<[string, () => unknown]>([
    ['a negative extent', () => zeros([2, -1])],
    ['a fractional extent', () => empty([0.5])],
    ['an infinite extent', () => ones([Number.POSITIVE_INFINITY])],
  ])('refuse %s', (_, call) => {
    expectRefusal(call, { name: 'RangeError' });
  });
});

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

test('nested arrays without an end are refused', () => {
  const endless: unknown[] = [];
  endless[0] = endless;
  expectRefusal(() => tensor(endless as never), { ...shapeError, text: 'nested' });
  const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);
  expect(scope(() => tensor(deep(8) as never).rank)).toBe(8);
  expectRefusal(() => tensor(deep(9) as never), { ...shapeError, text: 'nested' });
});

describe('a shape that is a number', () => {
  const refusal: Refusal = { name: 'TypeError', text: 'shape must be an array of numbers, got 6: pass [6]' };
  refusals(
    () => ({ t: zeros([2, 3]) }),
    [
      ['by tensor', () => tensor([1, 2, 3, 4, 5, 6], 6 as never), refusal],
      ['by zeros', () => zeros(6 as never), refusal],
      ['by full', () => full(6 as never, 1), refusal],
      ['by reshape', ({ t }) => t.reshape(6 as never), refusal],
    ],
  );
});
