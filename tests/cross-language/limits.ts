// How far our results may be from another framework’s: our own bounds, which turn on the input and its statistics.
import { limitOfY, limitsOfGradients } from '../support/bounds.ts';
import { type Case, centred, geometryOf } from '../support/operations.ts';
import * as oracle from '../support/oracle.ts';

export interface Given {
  readonly x: Float32Array;
  /** Absent where there is no backward. */
  readonly dy?: Float32Array;
  readonly weight: Float32Array | null;
  readonly bias: Float32Array | null;
  readonly eps: number;
  /** Running statistics that are used as constants. */
  readonly constants: { readonly mean: Float32Array; readonly variance: Float32Array } | null;
}

export function limitsOf(c: Case, { x, dy, weight, bias, eps, constants }: Given) {
  const g = geometryOf(c);
  const s = constants
    ? oracle.constants(g, constants.mean, constants.variance, eps)
    : oracle.statistics(x, g, eps, centred(c));
  return { y: limitOfY(x, g, s, weight, bias), ...limitsOfGradients(dy ?? x.map(() => 0), x, g, s, weight) };
}
