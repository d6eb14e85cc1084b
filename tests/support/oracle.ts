// What every operation means, in naive float64 with compensated sums: y = weight · (x − mean) · rstd + bias and its
// gradients over any geometry. It is written from the definitions alone and shares no code with the package.
// A mean is kept as one of the elements and what the others are away from it: an f64 alone does not tell the mean of a
// million values that differ by an ulp of float32.
import type { Geometry } from './geometry.ts';

// In jest’s realm a global costs a slow look-up each time: not in loops over millions of elements.
const { abs, sqrt } = Math;
const { isFinite: finite } = Number;

export type Values = ArrayLike<number>;

export interface Statistics {
  readonly mean: Float64Array;
  /** What `mean` was rounded by. */
  readonly rest?: Float64Array;
  readonly rstd: Float64Array;
}

export interface Gradients {
  readonly dx: Float64Array;
  readonly dweight: Float64Array;
  readonly dbias: Float64Array;
}

// Typed arrays' own `from` goes through iterators: too slow for rows of a million.
export function each(length: number, value: (i: number) => number): Float64Array {
  const result = new Float64Array(length);
  for (let i = 0; i < length; i++) result[i] = value(i);
  return result;
}

/** Sums by index, each compensated as Neumaier does. */
class Sums {
  readonly #sum: Float64Array;
  readonly #lost: Float64Array;

  constructor(count: number) {
    this.#sum = new Float64Array(count);
    this.#lost = new Float64Array(count);
  }

  add(k: number, value: number): void {
    const old = this.#sum[k]!;
    const sum = old + value;
    if (finite(sum)) {
      this.#lost[k]! += abs(old) >= abs(value) ? old - sum + value : value - sum + old;
    }
    this.#sum[k] = sum;
  }

  totals(): Float64Array {
    return this.#sum.map((sum, k) => sum + this.#lost[k]!);
  }
}

function sumsBy(index: Int32Array, count: number, term: (i: number) => number): Float64Array {
  const sums = new Sums(count);
  for (let i = 0; i < index.length; i++) sums.add(index[i]!, term(i));
  return sums.totals();
}

export const reciprocalDeviation = (variance: number, eps: number): number =>
  variance + eps === 0 ? 0 : 1 / sqrt(variance + eps);

/** Mean (with what it was rounded by) and biased variance by statistic; about zero where the mean is not subtracted. */
export function moments(x: Values, g: Geometry, centred: boolean) {
  const count = counts(g);
  const average = (term: (i: number) => number) =>
    sumsBy(g.statistic, g.statistics, term).map((sum, k) => sum / count[k]!);
  const origin = new Float64Array(g.statistics);
  if (centred) for (let i = x.length - 1; i >= 0; i--) origin[g.statistic[i]!] = x[i]!;
  const about = centred ? average((i) => x[i]! - origin[g.statistic[i]!]!) : origin;
  const mean = origin.map((value, k) => value + about[k]!);
  const rest = mean.map((value, k) => about[k]! - (value - origin[k]!));
  const variance = average((i) => {
    const k = g.statistic[i]!;
    return (x[i]! - origin[k]! - about[k]!) ** 2;
  });
  return { mean, rest, variance };
}

export function statistics(x: Values, g: Geometry, eps: number, centred: boolean): Statistics {
  const { mean, rest, variance } = moments(x, g, centred);
  return { mean, rest, rstd: variance.map((v) => reciprocalDeviation(v, eps)) };
}

/** Running statistics [C] used as constants, spread over the statistics of a geometry (channel varies fastest). */
export function constants(g: Geometry, runningMean: Values, runningVar: Values, eps: number): Statistics {
  const channel = (k: number) => k % runningMean.length;
  return {
    mean: each(g.statistics, (k) => runningMean[channel(k)]!),
    rstd: each(g.statistics, (k) => reciprocalDeviation(runningVar[channel(k)]!, eps)),
  };
}

export function normalized(x: Values, g: Geometry, s: Statistics): Float64Array {
  return each(x.length, (i) => {
    const k = g.statistic[i]!;
    return (x[i]! - s.mean[k]! - (s.rest?.[k] ?? 0)) * s.rstd[k]!;
  });
}

export function forward(
  x: Values,
  g: Geometry,
  s: Statistics,
  weight: Values | null,
  bias: Values | null,
): Float64Array {
  return normalized(x, g, s).map((value, i) => {
    const p = g.parameter[i]!;
    return value * (weight?.[p] ?? 1) + (bias?.[p] ?? 0);
  });
}

/** How the statistics depend on x: on its mean and variance, on its mean square alone, or not at all. */
export type Dependence = 'centred' | 'meanSquare' | 'constant';

export function backward(
  dy: Values,
  x: Values,
  g: Geometry,
  s: Statistics,
  weight: Values | null,
  dependence: Dependence,
): Gradients {
  const hat = normalized(x, g, s);
  const gradient = each(dy.length, (i) => dy[i]! * (weight?.[g.parameter[i]!] ?? 1));
  const count = counts(g);
  const average = (term: (i: number) => number) =>
    sumsBy(g.statistic, g.statistics, term).map((sum, k) => sum / count[k]!);
  const none = new Float64Array(g.statistics);
  const first = dependence === 'centred' ? average((i) => gradient[i]!) : none;
  const second = dependence === 'constant' ? none : average((i) => gradient[i]! * hat[i]!);
  const dx = gradient.map((value, i) => {
    const k = g.statistic[i]!;
    return s.rstd[k]! * (value - first[k]! - hat[i]! * second[k]!);
  });
  const dweight = sumsBy(g.parameter, g.parameters, (i) => dy[i]! * hat[i]!);
  const dbias = sumsBy(g.parameter, g.parameters, (i) => dy[i]!);
  return { dx, dweight, dbias };
}

export interface RunningRule {
  readonly momentum: number;
  readonly unbiased: boolean;
}

/** One training update: each channel's statistics (their mean over the data points, where there are several). */
export function updateRunning(
  x: Values,
  g: Geometry,
  runningMean: Values,
  runningVar: Values,
  { momentum, unbiased }: RunningRule,
): { mean: Float64Array; variance: Float64Array } {
  const channels = runningMean.length;
  const instances = g.statistics / channels;
  const n = g.statistic.length / g.statistics;
  const { mean, variance } = moments(x, g, true);
  const blend = (old: Values, now: Float64Array, scale: number) =>
    each(channels, (c) => {
      let total = 0;
      for (let i = 0; i < instances; i++) total += now[i * channels + c]!;
      return (1 - momentum) * old[c]! + momentum * scale * (total / instances);
    });
  return {
    mean: blend(runningMean, mean, 1),
    variance: blend(runningVar, variance, unbiased ? n / (n - 1) : 1),
  };
}

export function counts(g: Geometry): Int32Array {
  const count = new Int32Array(g.statistics);
  for (const k of g.statistic) count[k]!++;
  return count;
}
