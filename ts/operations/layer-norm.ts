// Layer norm: every data point by the statistics of its own last axes.

import { checkOptions } from '../runtime/runtime.js';
import { asTensor } from '../tensor/tensor.js';
import type { Tensor } from '../tensor/types.js';
import type { Call, Differentiable } from './call.js';
import { addressOf, checkEps, checkFloat32, checkOut, checkRowParameter } from './checks.js';
import { checkReuse, finishForward, takeTargets, takeY } from './forward.js';
import { readRows } from './geometry.js';
import { checkStatistics, computeGradients } from './gradients.js';
import { readRequest } from './request.js';
import type {
  DirectBackwardOptions,
  Exactly,
  ForwardFor,
  ForwardOptions,
  GradientsFor,
  NormOptions,
  ParameterIn,
} from './types.js';

const KERNEL: Differentiable = {
  hasMean: true,
  statisticsCount: (g) => g.n,
  statisticsShape: (g, x) => x.slice(0, x.length - g.parameterAxes),
  scratchBytes: (kernels, g) => kernels.layer_norm_scratch(g.c) >>> 0,
  statistics(kernels, { x, geometry: g, eps }, mean, rstd) {
    kernels.layer_norm_statistics(x.byteOffset, mean, rstd, g.n, g.c, eps);
  },
  backward(kernels, g, dy, x, weight, mean, rstd, dx, dweight, dbias, accumulate, scratch) {
    kernels.layer_norm_backward(dy, x, weight, mean, rstd, dx, dweight, dbias, g.n, g.c, accumulate, scratch);
  },
};

function readCall(x: unknown, normalizedShape: unknown, weight: unknown, bias: unknown, eps: unknown): Call {
  // Reading a shape may run a caller's code: whether x is alive is asked afterwards.
  const geometry = readRows(asTensor(x, 'x'), normalizedShape);
  const input = checkFloat32(x, 'x');
  return {
    op: 'layerNorm',
    kernel: KERNEL,
    geometry,
    x: input,
    weight: checkRowParameter(weight, 'weight', input, geometry),
    bias: checkRowParameter(bias, 'bias', input, geometry),
    eps: checkEps(eps, 1e-5),
    running: null,
  };
}

/**
 * Layer normalization (Ba et al. 2016): y = (x − mean) / sqrt(var + eps) · weight + bias, with mean and the biased
 * variance over the last axes of each data point.
 *
 * @param x [*, ...normalizedShape], rank 1 to 8
 * @param normalizedShape the extents of the last axes, or the extent of the last one
 * @param options `weight` and `bias` are shaped as `normalizedShape`
 * @returns y, shaped as x
 *
 * @example
 * using y = layerNorm(x, 768, { weight, bias });
 *
 * @throws TypeError for an x that is no float32 tensor, or another runtime's parameter
 * @throws RangeError `'SHAPE'` when shapes do not match; `'VALUE'` for a bad eps, or an `out` that overlaps in part
 */
export function layerNorm(x: Tensor, normalizedShape: number | readonly number[], options?: NormOptions): Tensor {
  const { weight, bias, eps, out } = checkOptions(options);
  const call = readCall(x, normalizedShape, weight, bias, eps);
  const target = checkOut(out, call, false);
  const y = takeY(call.x, target, 0);
  const { x: input, geometry: g } = call;
  input.runtime.kernels.layer_norm_forward(
    input.byteOffset,
    y.byteOffset,
    addressOf(call.weight),
    addressOf(call.bias),
    0,
    0,
    g.n,
    g.c,
    call.eps,
  );
  target?.noteWrite();
  return y;
}

/**
 * {@link layerNorm} that also returns what {@link backward} needs.
 *
 * @returns y, and `saved` with mean and rstd shaped as the leading axes of x
 * @throws as {@link layerNorm}; RangeError `'VALUE'` also for an `out` that overlaps x
 */
export function layerNormForward<const O extends ForwardOptions<NormOptions> = Record<never, never>>(
  x: Tensor,
  normalizedShape: number | readonly number[],
  options?: Exactly<O, ForwardOptions<NormOptions>>,
): ForwardFor<O> {
  const given = checkOptions(options as ForwardOptions<NormOptions> | undefined);
  const { weight, bias, eps, out, reuse } = given;
  const call = readCall(x, normalizedShape, weight, bias, eps);
  const target = checkOut(out, call, true);
  const recycled = checkReuse(reuse, call.x);
  const targets = takeTargets(call, target, recycled, 0);
  const { x: input, geometry: g } = call;
  input.runtime.kernels.layer_norm_forward(
    input.byteOffset,
    targets.y.byteOffset,
    addressOf(call.weight),
    addressOf(call.bias),
    targets.mean,
    targets.rstd,
    g.n,
    g.c,
    call.eps,
  );
  return finishForward(call, targets, target, recycled) as unknown as ForwardFor<O>;
}

/**
 * The gradients of {@link layerNorm} from its inputs, with nothing kept in between: for checkpointing, and for tapes
 * that may never run. The statistics of x are computed again unless `mean` and `rstd` are given.
 *
 * @param dy shaped as x
 * @throws as {@link layerNorm} and {@link backward}
 */
export function layerNormBackward<const O extends DirectBackwardOptions<NormOptions> = Record<never, never>>(
  dy: Tensor,
  x: Tensor,
  normalizedShape: number | readonly number[],
  options?: Exactly<O, DirectBackwardOptions<NormOptions>>,
): GradientsFor<ParameterIn<O, 'weight'>, ParameterIn<O, 'bias'>, O> {
  const given = checkOptions(options as DirectBackwardOptions<NormOptions> | undefined);
  const { weight, bias, eps, mean, rstd, needs, out, accumulate } = given;
  const request = readRequest(needs, out, accumulate);
  const call = readCall(x, normalizedShape, weight, bias, eps);
  const statistics = checkStatistics(mean, rstd, call);
  return computeGradients(call, dy, request, 0, 0, statistics) as never;
}
