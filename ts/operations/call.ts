// A call of an operation whose arguments were checked, and the kernels that the shared machinery runs for it.

import type { Kernels } from '../runtime/seam.js';
import type { DenseTensor } from '../tensor/tensor.js';
import type { Geometry } from './geometry.js';
import type { OperationName } from './types.js';

export type Float32Tensor = DenseTensor<'float32'>;

/** Running statistics that a call reads (as constants), or updates. */
export interface Running {
  readonly mean: Float32Tensor;
  readonly variance: Float32Tensor;
  /** The weight of the new observation, where they are updated. */
  readonly momentum: number;
  readonly unbiased: 0 | 1;
}

export interface Call {
  readonly op: OperationName;
  readonly kernel: Kernel;
  readonly geometry: Geometry;
  readonly x: Float32Tensor;
  readonly weight: Float32Tensor | null;
  readonly bias: Float32Tensor | null;
  readonly eps: number;
  readonly running: Running | null;
}

/** How an operation is computed; addresses are byte offsets, 0 = absent. */
export interface Kernel {
  /** False for RMS norm alone. */
  readonly hasMean: boolean;
  /** The statistics are constants, and not of x: a forward needs memory for them even when it saves nothing. */
  readonly constant: boolean;
  /** How many means, and rstds, there are. */
  statisticsCount(g: Geometry): number;
  /** How they are shaped, for an x of shape `x`. */
  statisticsShape(g: Geometry, x: readonly number[]): number[];
  /** What `forward` needs to work in. */
  forwardScratch(kernels: Kernels, g: Geometry): number;
  /** What `statistics` and `backward` need to work in. */
  scratch(kernels: Kernels, g: Geometry): number;
  /** Saves mean and rstd unless they are 0. */
  forward(kernels: Kernels, call: Call, y: number, mean: number, rstd: number, scratch: number): void;
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

/** The address that kernels take for a tensor that may be absent. */
export function addressOf(tensor: DenseTensor | null): number {
  return tensor === null ? 0 : tensor.byteOffset;
}
