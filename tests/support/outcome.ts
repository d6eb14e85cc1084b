// All that an operation gives for one input, and comparisons of two such outcomes.
import { backward, scope } from 'normlayers';
import { expectSameBits } from './bits.ts';
import { expectWithin, limitOfY, limitsOfGradients } from './bounds.ts';
import { applyForward, type Case, type GradientTensors } from './operations.ts';
import { type Numbers, tensors } from './verify.ts';

export type Key = 'y' | 'dx' | 'dweight' | 'dbias';
export const keys: readonly Key[] = ['y', 'dx', 'dweight', 'dbias'];

export type Outcome = Readonly<Record<Key, Float32Array | null>> & {
  readonly mean: Float64Array | null;
  readonly rstd: Float64Array;
};

export function outcome(c: Case, n: Numbers): Outcome {
  return scope(() => {
    const { x, dy, options } = tensors(c, n);
    const { y, saved } = applyForward(c, x, options);
    const { dx, dweight, dbias } = backward(saved, dy) as GradientTensors;
    const copy = (t: typeof dx) => t?.toTypedArray() ?? null;
    return {
      y: copy(y),
      dx: copy(dx),
      dweight: copy(dweight),
      dbias: copy(dbias),
      mean: saved.mean?.toTypedArray() ?? null,
      rstd: saved.rstd.toTypedArray(),
    };
  });
}

/** The bounds of docs/accuracy.md around each output. */
export const limitsOf = (n: Numbers): Record<Key, Float64Array> => ({
  y: limitOfY(n.x, n.g, n.statistics, n.weight, n.bias),
  ...limitsOfGradients(n.dy, n.x, n.g, n.statistics, n.weight, n.units),
});

/** Two results of one exact value are apart by the bound of each at most. */
export function expectAlike(
  actual: Float32Array | Float64Array | null,
  expected: Float32Array | Float64Array | null,
  limit: Float64Array,
  what: string,
): void {
  if (actual === null || expected === null) {
    if (actual !== expected) throw new Error(`${what}: one is there, and one is not`);
    return;
  }
  expectWithin(
    actual,
    expected,
    limit.map((most) => 2 * most),
    what,
  );
}

export function expectSame(
  actual: Float32Array | Float64Array | null,
  expected: Float32Array | Float64Array | null,
  what: string,
): void {
  expectSameBits(actual ?? undefined, expected ?? undefined, what);
}
