// tensor(): what it copies, the shape and dtype it finds in that, and what it refuses.
import { describe, expect, test } from '@jest/globals';
import { scope, tensor } from 'normlayers';
import { expectRefusal, type Refusal } from '../support/errors.ts';
import { tidy } from '../support/tidy.ts';

const shapeError = { name: 'RangeError', code: 'SHAPE' } as const;

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

test('nested arrays without an end are refused', () => {
  const endless: unknown[] = [];
  endless[0] = endless;
  expectRefusal(() => tensor(endless as never), { ...shapeError, text: 'nested' });
  const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);
  expect(scope(() => tensor(deep(8) as never).rank)).toBe(8);
  expectRefusal(() => tensor(deep(9) as never), { ...shapeError, text: 'nested' });
});
