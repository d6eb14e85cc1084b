// Families of inputs, from the ordinary to those on which one-pass variances, folded means and float32 sums break.
import type { Geometry } from './geometry.ts';
import { type Random, random } from './random.ts';

/** The value of one element: the position is that within its statistic. */
export type Family = (r: Random, statistic: number, position: number) => number;

/** Families whose statistics all have the same bits: so have their roundings, which then add up. */
export const repeating: readonly string[] = ['sorted, a million spreads away'];

export const families: Record<string, Family> = {
  'standard normal': (r) => r.normal(),
  'offset by 100, spread 0.01': (r) => 100 + 0.01 * r.normal(),
  'offset by 1e4, spread 0.01': (r) => 1e4 + 0.01 * r.normal(),
  'offset by a million spreads': (r, k) => (k % 2 ? -1e6 : 1e6) + r.normal(),
  'consecutive whole numbers from 40000': (_, __, i) => 40000 + i,
  'two distant levels': (r) => (r.uniform() < 0.5 ? -1000 : 1000) + 0.001 * r.normal(),
  'one outlier': (r, _, i) => (i === 5 ? 1e5 : r.normal()),
  'a first value far from the rest': (r, _, i) => (i === 0 ? -3e4 : 7 + 0.1 * r.normal()),
  'a coarse grid': (r) => Math.round(r.normal() * 4) / 4 + 1024,
  'a ramp': (_, k, i) => i * 0.25 - k,
  'alternating signs': (_, __, i) => (i % 2 ? -1 : 1) * 12345.678,
  'sorted, a million spreads away': (_, __, i) => -1e6 + (i % 1000) * 0.0625,
  'the first 16 unlike the rest': (r, _, i) => (i < 16 ? 1e4 : 0) + r.normal(),
  'the first block unlike the rest': (r, _, i) => (i < 256 ? 1e4 : 0) + r.normal(),
  'an ulp more at one place': (_, __, i) => (i === 2 ? 1.0000001192092896 : 1),
  'almost constant': (_, __, i) => (i === 1 ? 1234.0001 : 1234),
  'mixed offsets': (r, k) => 10 ** (k % 7) + r.normal(),
};

/** Values whose squares leave float32's range, or that leave its normal range. */
export const extremes: Record<string, Family> = {
  'near 1e30': (r) => 1e30 * (1 + 0.5 * r.normal()),
  'near -1e30, spread 1e25': (r) => -1e30 + 1e25 * r.normal(),
  'spread 1e20': (r) => 1e20 * r.normal(),
  'spread 1e-20': (r) => 1e-20 * r.normal(),
  'near 1e-30': (r) => 1e-30 * (1 + 0.5 * r.normal()),
  'large and tiny by turns': (r, k) => (k % 2 ? 1e30 : 1e-30) * r.normal(),
  'up to the largest finite value': (r) => 3.4e38 * (2 * r.uniform() - 1),
  'below the normal range': (r) => 1e-40 * r.normal(),
  'one huge among ordinary': (r, _, i) => (i === 3 ? 1e30 : r.normal()),
};

/** What dy is made of: the position is that within its statistic. */
export const incoming: Record<string, Family> = {
  ones: () => 1,
  'one tenth': () => 0.1,
  'a large mean': (r) => 1000 + r.normal(),
  alternating: (_, k, i) => ((k + i) % 2 ? -1 : 1),
  sorted: (_, k, i) => i - k,
  'one of 1e30': (_, k, i) => (k === 0 && i === 3 ? 1e30 : 1),
  'all zero': () => 0,
  'below the normal range': (r) => 1e-40 * r.normal(),
};

/** What dy is made of, from x̂: terms of a parameter that are of one sign. */
export const coherent: Record<string, (hat: number) => number> = {
  ones: () => 1,
  x̂: (hat) => hat,
  '1 + x̂': (hat) => 1 + hat,
};

export function fill(family: Family, g: Geometry, seed: number): Float32Array {
  const r = random(seed);
  const position = new Int32Array(g.statistics);
  const values = new Float32Array(g.statistic.length);
  g.statistic.forEach((k, i) => {
    values[i] = family(r, k, position[k]!++);
  });
  return values;
}
