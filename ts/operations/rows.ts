// What layer and RMS norm share: every data point is a row, over the last axes.

import type { NamesOf } from '../arguments.js';
import { asTensor } from '../tensor/tensor.js';
import type { Call, Kernel } from './call.js';
import { checkFloat32, checkRowParameter } from './checks.js';
import { readRows } from './geometry.js';
import type { NormOptions, OperationName } from './types.js';

/** The names of their options. */
export const ROW_OPTIONS: NamesOf<NormOptions> = { weight: 1, bias: 1, eps: 1, out: 1 };

/** The part of their kernels that is the same. */
export const ROWS: Pick<Kernel, 'constant' | 'statisticsCount' | 'statisticsShape' | 'forwardScratch' | 'scratch'> = {
  constant: false,
  statisticsCount: (g) => g.n,
  statisticsShape: (g, x) => x.slice(0, x.length - g.parameterAxes),
  forwardScratch: () => 0,
  scratch: (kernels, g) => kernels.layer_norm_scratch(g.n, g.c),
};

export function readRowCall(
  op: OperationName,
  kernel: Kernel,
  x: unknown,
  normalizedShape: unknown,
  weight: unknown,
  bias: unknown,
  eps: number,
): Call {
  // Reading a shape may run a caller's code: whether x is alive is asked afterwards.
  const geometry = readRows(asTensor(x, 'x'), normalizedShape);
  const input = checkFloat32(x, 'x');
  return {
    op,
    kernel,
    geometry,
    x: input,
    weight: checkRowParameter(weight, 'weight', input, geometry),
    bias: checkRowParameter(bias, 'bias', input, geometry),
    eps,
    running: null,
  };
}
