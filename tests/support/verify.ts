// One operation on one input, checked in full against the oracle: y, the saved statistics and all gradients, by every
// route that leads to them.
import { backward, scope, type Tensor, tensor } from 'normlayers';
import { expectSameBits } from './bits.ts';
import { accumulated, expectStatistics, expectWithin, limitOfY, limitsOfGradients } from './bounds.ts';
import { type Family, families, fill } from './families.ts';
import type { Geometry } from './geometry.ts';
import {
  apply,
  applyBackward,
  applyForward,
  type Case,
  centred,
  elements,
  type Gradient,
  type GradientTensors,
  geometryOf,
  type Options,
  parameterShape,
  parameters,
  statisticsShape,
} from './operations.ts';
import * as oracle from './oracle.ts';
import { normals } from './random.ts';

export type Affine = 'both' | 'scale' | 'shift' | 'none';
export const affines: readonly Affine[] = ['both', 'scale', 'shift', 'none'];
export const gradients: readonly Gradient[] = ['dx', 'dweight', 'dbias'];

export interface Setup {
  readonly affine?: Affine;
  readonly eps?: number;
  readonly family?: Family;
  readonly seed?: number;
  readonly incoming?: Family;
  /** In units, what dweight is held to; two are promised (docs/accuracy.md says where they are exceeded). */
  readonly units?: number;
  /** What dy and the parameters are multiplied by. */
  readonly scale?: { readonly dy?: number; readonly weight?: number; readonly bias?: number };
  /** Running statistics to normalize with, as constants. */
  readonly frozen?: boolean;
}

/** The numbers of one try, before they are tensors. */
export interface Numbers {
  readonly g: Geometry;
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly weight: Float32Array | null;
  readonly bias: Float32Array | null;
  readonly eps: number;
  readonly units: number;
  readonly statistics: oracle.Statistics;
  readonly dependence: oracle.Dependence;
  readonly running: { mean: Float32Array; variance: Float32Array } | null;
}

export function numbers(c: Case, setup: Setup = {}): Numbers {
  const { affine = 'both', eps = 1e-5, family = families['standard normal']!, seed = 1, scale = {} } = setup;
  const g = geometryOf(c);
  const x = fill(family, g, seed);
  const p = parameters(c);
  const running = setup.frozen
    ? { mean: normals(p, seed + 4, 0.3, 0.5), variance: normals(p, seed + 5, 2, 0.5).map(Math.abs) }
    : null;
  return {
    g,
    x,
    dy: setup.incoming ? fill(setup.incoming, g, seed + 1) : normals(x.length, seed + 1, 0, scale.dy),
    weight:
      affine === 'both' || affine === 'scale'
        ? normals(p, seed + 2, scale.weight ?? 1, 0.3 * (scale.weight ?? 1))
        : null,
    bias: affine === 'both' || affine === 'shift' ? normals(p, seed + 3, 0, 0.3 * (scale.bias ?? 1)) : null,
    eps,
    units: setup.units ?? 2,
    statistics: running
      ? oracle.constants(g, running.mean, running.variance, eps)
      : oracle.statistics(x, g, eps, centred(c)),
    dependence: running ? 'constant' : centred(c) ? 'centred' : 'meanSquare',
    running,
  };
}

export interface Tensors {
  readonly x: Tensor;
  readonly dy: Tensor;
  readonly options: Options;
}

export function tensors(c: Case, n: Numbers): Tensors {
  const parameter = (values: Float32Array | null) => values && tensor(values, parameterShape(c));
  const options: Options = { eps: n.eps, weight: parameter(n.weight), bias: parameter(n.bias) };
  if (n.running) {
    options.runningMean = tensor(n.running.mean);
    options.runningVar = tensor(n.running.variance);
    options.mode = 'frozen';
  }
  return { x: tensor(n.x, c.shape), dy: tensor(n.dy, c.shape), options };
}

export function expectForward(n: Numbers, y: Tensor, what = 'y'): void {
  const expected = oracle.forward(n.x, n.g, n.statistics, n.weight, n.bias);
  expectWithin(y.data, expected, limitOfY(n.x, n.g, n.statistics, n.weight, n.bias), what);
}

/** Checks the gradients that are there; `before` holds what they were added to. */
export function expectGradients(
  n: Numbers,
  actual: GradientTensors,
  before: Partial<Record<Gradient, Float32Array>> = {},
  statistics: oracle.Statistics = n.statistics,
): void {
  const { expected, limits } = expectation(n, statistics);
  for (const key of gradients) {
    const result = actual[key];
    if (!result) continue;
    const old = before[key];
    const total = old ? expected[key].map((value, i) => value + (old[i] as number)) : expected[key];
    expectWithin(result.data, total, old ? accumulated(limits[key], total) : limits[key], key);
  }
}

// Several routes lead to the same gradients; the oracle goes one way, and once.
const known = new WeakMap<Numbers, ReturnType<typeof expectationOf>>();

function expectation(n: Numbers, statistics: oracle.Statistics) {
  if (statistics !== n.statistics) return expectationOf(n, statistics);
  const result = known.get(n) ?? expectationOf(n, statistics);
  known.set(n, result);
  return result;
}

const expectationOf = (n: Numbers, statistics: oracle.Statistics) => ({
  expected: oracle.backward(n.dy, n.x, n.g, statistics, n.weight, n.dependence),
  limits: limitsOfGradients(n.dy, n.x, n.g, statistics, n.weight, n.units),
});

export function expectPresent(n: Numbers, actual: GradientTensors): void {
  const present = { dx: true, dweight: n.weight !== null, dbias: n.bias !== null };
  for (const key of gradients) {
    if ((actual[key] !== null) !== present[key]) {
      throw new Error(`${key} is ${actual[key]}, and there ${present[key] ? 'is' : 'is no'} such parameter`);
    }
  }
}

export function verify(c: Case, setup: Setup = {}): void {
  const n = numbers(c, setup);
  scope(() => {
    const { x, dy, options } = tensors(c, n);
    const y = apply(c, x, options);
    expectForward(n, y);
    expectShape(y, c.shape, 'y');

    const { y: again, saved } = applyForward(c, x, options);
    expectSameBits(again.data, y.data, 'y with saving');
    if (!n.running) {
      expectStatistics({ mean: saved.mean?.data ?? null, rstd: saved.rstd.data }, n.statistics, 'saved');
      expectShape(saved.rstd, statisticsShape(c), 'saved rstd');
    }

    const results = backward(saved, dy) as GradientTensors;
    expectPresent(n, results);
    expectGradients(n, results);

    const alone = applyBackward(c, dy, x, options);
    expectPresent(n, alone);
    expectGradients(n, alone);
    if (!n.running) {
      const given = applyBackward(c, dy, x, { ...options, mean: saved.mean, rstd: saved.rstd });
      for (const key of gradients) expectSameBits(given[key]?.data, results[key]?.data, `${key} from statistics`);
    }
    if (results.dx) expectShape(results.dx, c.shape, 'dx');
    if (results.dweight) expectShape(results.dweight, parameterShape(c), 'dweight');
    if (results.dbias) expectShape(results.dbias, parameterShape(c), 'dbias');
    if (elements(c) !== results.dx?.size) throw new Error('dx has another size than x');
  });
}

export function expectShape(t: { shape: readonly number[] }, shape: readonly number[], what: string): void {
  if (t.shape.join() !== shape.join()) throw new Error(`${what} has shape [${t.shape}], expected [${shape}]`);
}
