// How far a float32 result may be from the float64 oracle: a few units in the last place of what it is computed from.
import type { Geometry } from './geometry.ts';
import { normalized, type Statistics, type Values } from './oracle.ts';

// In jest’s realm a global costs a slow look-up each time: not in loops over millions of elements.
const { abs, max, min, sign, sqrt } = Math;
const { is: same } = Object;

const UNIT = 2 ** -23;
// A result below float32's normal range is still rounded to a multiple of its least number.
const LEAST = 2 ** -149;
const SMALLEST_NORMAL = 2 ** -126;
const LARGEST = 3.4028234663852886e38;

export interface Limits {
  readonly y: Float64Array;
  readonly dx: Float64Array;
  readonly dweight: Float64Array;
  readonly dbias: Float64Array;
}

/** What rounding a mean to float64 moves x̂ by, in units: a thousandth at a million spreads. */
const driftOf = (s: Statistics) => s.mean.map((mean, k) => 2 ** -30 * abs(mean) * s.rstd[k]!);

/** 4·2⁻²³·max(|weight|·max(|x̂|, 1), |bias|) for each element. */
export function limitOfY(x: Values, g: Geometry, s: Statistics, weight: Values | null, bias: Values | null) {
  const drift = driftOf(s);
  return normalized(x, g, s).map((hat, i) => {
    const p = g.parameter[i]!;
    const w = abs(weight?.[p] ?? 1);
    const scale = max(w * max(abs(hat), 1), abs(bias?.[p] ?? 0));
    return UNIT * (4 * scale + w * drift[g.statistic[i]!]!) + LEAST;
  });
}

/** 4·2⁻²³·rstd·max|dy·weight|·(1 + |x̂|) with the maximum over the statistic; 2·2⁻²³·Σ|dy|·max(|x̂|, 1) and ·Σ|dy|. */
export function limitsOfGradients(dy: Values, x: Values, g: Geometry, s: Statistics, weight: Values | null, units = 2) {
  const hat = normalized(x, g, s);
  const drift = driftOf(s);
  const largest = new Float64Array(g.statistics);
  const dweight = new Float64Array(g.parameters).fill(LEAST);
  const dbias = new Float64Array(g.parameters).fill(LEAST);
  for (let i = 0; i < dy.length; i++) {
    const k = g.statistic[i]!;
    const p = g.parameter[i]!;
    const d = abs(dy[i]!);
    largest[k] = max(largest[k]!, d * abs(weight?.[p] ?? 1));
    dweight[p]! += UNIT * d * (units * max(abs(hat[i]!), 1) + drift[k]!);
    dbias[p]! += 2 * UNIT * d;
  }
  const dx = hat.map((h, i) => {
    const k = g.statistic[i]!;
    return UNIT * s.rstd[k]! * largest[k]! * (4 + drift[k]!) * (1 + abs(h)) + LEAST;
  });
  return { dx, dweight, dbias };
}

/** Adding to what was there rounds once more, by a unit of the sum. */
export const accumulated = (limit: Float64Array, result: Values): Float64Array =>
  limit.map((value, i) => value + UNIT * abs(result[i]!));

/** Whether a result that float32 may not hold is as large as that, or infinite, and of the right sign. */
const beyond = (got: number, want: number, most: number) => got * sign(want) >= min(abs(want), LARGEST) - most;

/** Throws at the element that is furthest beyond its limit. */
export function expectWithin(actual: Values, expected: Values, limit: Values | number, what: string): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} elements, expected ${expected.length}`);
  }
  let worst = 1;
  let at = -1;
  for (let i = 0; i < actual.length; i++) {
    const want = expected[i]!;
    const got = actual[i]!;
    const promised = typeof limit === 'number' ? limit : limit[i]!;
    // Below the normal range every rounding is half of the least number.
    const most = abs(want) < SMALLEST_NORMAL ? promised + 3 * LEAST : promised;
    if (same(want, got) || want === got) continue;
    if (abs(want) + most >= LARGEST && (most >= LARGEST ? !Number.isNaN(got) : beyond(got, want, most))) continue;
    const excess = abs(got - want) / most;
    if (!(excess <= worst)) {
      worst = Number.isNaN(excess) ? Number.POSITIVE_INFINITY : excess;
      at = i;
    }
  }
  if (at >= 0) {
    const most = typeof limit === 'number' ? limit : limit[at];
    throw new Error(
      `${what}[${at}] is ${actual[at]}, expected ${expected[at]} ± ${most} (${worst.toPrecision(3)} times the limit)`,
    );
  }
}

/** Mean in units of the deviation, and rstd in units of itself. */
export function expectStatistics(
  actual: { mean: Values | null; rstd: Values },
  expected: Statistics,
  what: string,
): void {
  if (actual.mean) {
    const limit = expected.rstd.map((r) => (r > 0 ? (4 * UNIT) / r : LEAST));
    expectWithin(actual.mean, expected.mean, limit, `${what} mean`);
  }
  const limit = expected.rstd.map((r) => 4 * UNIT * r + LEAST);
  expectWithin(actual.rstd, expected.rstd, limit, `${what} rstd`);
}

/** Two units: of a variance, and for a mean of itself and of the spread. Some steps of a run round no more than that. */
export function expectRunning(
  actual: { mean: Values; variance: Values },
  expected: { mean: Float64Array; variance: Float64Array },
  what: string,
): void {
  const { mean, variance } = expected;
  const limit = mean.map((value, k) => 2 * UNIT * (abs(value) + sqrt(variance[k]!)));
  expectWithin(actual.mean, mean, limit, `${what} mean`);
  expectWithin(
    actual.variance,
    variance,
    variance.map((value) => 2 * UNIT * value),
    `${what} variance`,
  );
}
