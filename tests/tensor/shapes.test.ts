// Tensors of a given shape: the fillers, and what is no shape.
import { describe, expect, test } from '@jest/globals';
import { empty, full, ones, tensor, zeros } from 'normlayers';
import { expectRefusal, type Refusal, refusals } from '../support/errors.ts';
import { tidy } from '../support/tidy.ts';

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

  test('refuse extents that are no numbers', () => {
    const text = "shape must hold numbers, got '2'";
    expectRefusal(() => zeros(['2'] as never), { name: 'TypeError', code: 'TYPE', text });
  });
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
