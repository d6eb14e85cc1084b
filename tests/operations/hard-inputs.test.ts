// Inputs on which other libraries gave wrong or infinite results.
import { describe, expect, test } from '@jest/globals';
import { batchNorm, layerNorm, scope, tensor } from 'normlayers';
import { expectWithin } from '../support/bounds.ts';
import { type Family, families } from '../support/families.ts';
import { apply, applyBackward, type Case, elements, title } from '../support/operations.ts';
import { normals } from '../support/random.ts';
import { bothLayouts, samples } from '../support/shapes.ts';
import { expectGradients, numbers, tensors, verify } from '../support/verify.ts';

const row = (values: ArrayLike<number>, eps = 1e-5): number[] =>
  scope(() => [...layerNorm(tensor(Float32Array.from(values)), [values.length], { eps }).toTypedArray()]);

test('consecutive large numbers keep their variance', () => {
  const scale = 1 / Math.sqrt(1.25 + 1e-5);
  expectWithin(
    row([40000, 40001, 40002, 40003]),
    [-1.5, -0.5, 0.5, 1.5].map((v) => v * scale),
    2 ** -21,
    'y',
  );
});

test('a constant row is exactly zero', () => {
  expect(row(new Float32Array(77).fill(1234))).toEqual(new Array(77).fill(0));
});

test('values near 1e30 stay finite and exact', () => {
  expectWithin(
    row([1e30, 2e30, 3e30, 4e30], 0),
    [-1.5, -0.5, 0.5, 1.5].map((v) => v / Math.sqrt(1.25)),
    2 ** -21,
    'y',
  );
});

test.each([
  ['an offset of 1e4 with a spread of 0.01', [4, 768], families['offset by 1e4, spread 0.01']!],
  ['0.01 times normal plus 100, of length 32768', [2, 32768], families['offset by 100, spread 0.01']!],
  ['a row of one million', [1, 1_000_000], families['standard normal']!],
  ['a row of one million, offset by a million spreads', [1, 1_000_000], families['offset by a million spreads']!],
] as const)('layer norm of %s', (_, shape, family) => {
  verify({ op: 'layerNorm', shape: [...shape], normalizedShape: [shape[1]] }, { family });
});

const million: Case[] = [
  { op: 'rmsNorm', shape: [1, 1_000_000], normalizedShape: [1_000_000] },
  ...bothLayouts('batchNorm', [10, 1, 100_000]),
  ...bothLayouts('instanceNorm', [1, 1, 1_000_000]),
  ...bothLayouts('groupNorm', [1, 2, 500_000], 1),
];

test.each(million.map((c) => [title(c), c] as const))('%s, offset by a million spreads', (_, c) => {
  verify(c, { family: families['offset by a million spreads']! });
});

describe('parameter gradients over many rows, all of one sign', () => {
  const many: Case[] = [
    { op: 'layerNorm', shape: [30_000, 6], normalizedShape: [6] },
    { op: 'rmsNorm', shape: [30_000, 6], normalizedShape: [6] },
    ...bothLayouts('batchNorm', [30_000, 6]),
    ...bothLayouts('batchNorm', [200, 6, 150]),
    ...bothLayouts('instanceNorm', [3000, 6, 10]),
    ...bothLayouts('groupNorm', [3000, 6, 10], 2),
    ...bothLayouts('groupNorm', [30_000, 6], 2),
  ];

  test.each(many.map((c) => [title(c), c] as const))('%s', (_, c) => {
    const n = { ...numbers(c), dy: normals(elements(c), 2, 3, 0.5) };
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      expectGradients(n, applyBackward(c, dy, x, options));
    });
  });
});

describe('parameter gradients that are finite, of terms whose sums are not', () => {
  const rows = [7, 16, 40].flatMap((n): Case[] => [
    { op: 'layerNorm', shape: [n, 24], normalizedShape: [24] },
    { op: 'rmsNorm', shape: [n, 24], normalizedShape: [24] },
    { op: 'layerNorm', shape: [n, 5], normalizedShape: [5] },
  ]);
  // Rows of equal bits, so that what cancels in dy cancels in the gradients.
  const family: Family = (_, __, i) => Math.sin(i * i);

  test.each(rows.map((c) => [title(c), c] as const))('%s', (_, c) => {
    for (const period of [2, 8]) {
      const incoming: Family = (_, row) => (row % period < period / 2 ? 3e38 : -3e38);
      verify(c, { family, incoming, scale: { weight: 1e-3 } });
    }
  });
});

describe('scale without shift and shift without scale', () => {
  test.each(samples.map((c) => [title(c), c] as const))('%s, in training', (_, c: Case) => {
    verify(c, { affine: 'scale', eps: 1e-3 });
    verify(c, { affine: 'shift', eps: 1e-3 });
  });
});

test('channel axis 1 is meant by default', () => {
  scope(() => {
    for (const c of samples.filter((s) => s.channelAxis === 1)) {
      const x = tensor(
        normals(360, 3).subarray(
          0,
          c.shape.reduce((a, b) => a * b),
        ),
        c.shape,
      );
      const { channelAxis: _, ...byDefault } = c;
      expect(apply(byDefault, x).data).toEqual(apply(c, x).data);
    }
  });
});

test('a channel of zeros beside ordinary ones stays zero', () => {
  scope(() => {
    const x = Float32Array.from({ length: 40 }, (_, i) => (i % 4 === 2 ? 0 : i * i));
    const y = batchNorm(tensor(x, [10, 4]));
    expect(y.data.every((value, i) => Number.isFinite(value) && (i % 4 !== 2 || value === 0))).toBe(true);
  });
});
