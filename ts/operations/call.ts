// A call of an operation whose arguments were checked, and the kernels that the shared machinery runs for it.

import type { Kernels } from '../runtime/seam.js';
import type { Float32Tensor } from './checks.js';
import type { Geometry } from './geometry.js';
import type { OperationName } from './types.js';

/** Running statistics that a call reads (as constants), or updates. */
export interface Running {
  readonly mean: Float32Tensor;
  readonly variance: Float32Tensor;
}

export interface Call {
  readonly op: OperationName;
  readonly kernel: Differentiable;
  readonly geometry: Geometry;
  readonly x: Float32Tensor;
  readonly weight: Float32Tensor | null;
  readonly bias: Float32Tensor | null;
  readonly eps: number;
  readonly running: Running | null;
}

/** How an operation is saved for and run backward; addresses are byte offsets, 0 = absent. */
export interface Differentiable {
  /** False for RMS norm alone. */
  readonly hasMean: boolean;
  /** How many means, and rstds, there are. */
  statisticsCount(g: Geometry): number;
  /** How they are shaped, for an x of shape `x`. */
  statisticsShape(g: Geometry, x: readonly number[]): number[];
  /** What `statistics` and `backward` need to work in. */
  scratchBytes(kernels: Kernels, g: Geometry): number;
  /** Finds them as the forward would. */
  statistics(kernels: Kernels, call: Call, mean: number, rstd: number, scratch: number): void;
  /** `accumulate` is a set of bits: 1 dx, 2 dweight, 4 dbias. */
  backward(
    kernels: Kernels,
    g: Geometry,
    dy: number,
    x: number,
    weight: number,
    mean: number,
    rstd: number,
    dx: number,
    dweight: number,
    dbias: number,
    accumulate: number,
    scratch: number,
  ): void;
}

/** The bytes from the mean to rstd, which lies behind it. */
export function rstdOffset(call: Call): number {
  return call.kernel.hasMean ? Math.ceil(call.kernel.statisticsCount(call.geometry) / 8) * 64 : 0;
}

export function statisticsBytes(call: Call): number {
  return rstdOffset(call) + call.kernel.statisticsCount(call.geometry) * 8;
}
