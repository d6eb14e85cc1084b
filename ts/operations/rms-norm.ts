// RMS norm: every data point by the mean square of its own last axes; the mean is not subtracted.

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
  ParameterIn,
  RmsOptions,
} from './types.js';

const EPSILON_OF_FLOAT32 = 2 ** -23;

const KERNEL: Differentiable = {
  hasMean: false,
  statisticsCount: (g) => g.n,
  statisticsShape: (g, x) => x.slice(0, x.length - g.parameterAxes),
  scratchBytes: (kernels, g) => kernels.layer_norm_scratch(g.c) >>> 0,
  statistics(kernels, { x, geometry: g, eps }, _mean, rstd) {
    kernels.rms_norm_statistics(x.byteOffset, rstd, g.n, g.c, eps);
  },
  backward(kernels, g, dy, x, weight, _mean, rstd, dx, dweight, dbias, accumulate, scratch) {
    kernels.rms_norm_backward(dy, x, weight, rstd, dx, dweight, dbias, g.n, g.c, accumulate, scratch);
  },
};

function readCall(x: unknown, normalizedShape: unknown, weight: unknown, bias: unknown, eps: unknown): Call {
  // Reading a shape may run a caller's code: whether x is alive is asked afterwards.
  const geometry = readRows(asTensor(x, 'x'), normalizedShape);
  const input = checkFloat32(x, 'x');
  return {
    op: 'rmsNorm',
    kernel: KERNEL,
    geometry,
    x: input,
    weight: checkRowParameter(weight, 'weight', input, geometry),
    bias: checkRowParameter(bias, 'bias', input, geometry),
    eps: eps === null ? EPSILON_OF_FLOAT32 : checkEps(eps, EPSILON_OF_FLOAT32),
    running: null,
  };
}

/**
 * Root mean square normalization (Zhang & Sennrich 2019): y = x / sqrt(mean(x²) + eps) · weight + bias, with the mean
 * of the squares over the last axes of each data point.
 *
 * @param x [*, ...normalizedShape], rank 1 to 8
 * @param normalizedShape the extents of the last axes, or the extent of the last one
 * @param options `weight` and `bias` are shaped as `normalizedShape`; `eps` null (default) is 1.1920929e-7, as PyTorch has it
 * @returns y, shaped as x
 *
 * @example
 * using y = rmsNorm(x, 768, { weight });
 *
 * @throws as {@link layerNorm}
 */
export function rmsNorm(x: Tensor, normalizedShape: number | readonly number[], options?: RmsOptions): Tensor {
  const { weight, bias, eps, out } = checkOptions(options);
  const call = readCall(x, normalizedShape, weight, bias, eps);
  const target = checkOut(out, call, false);
  const y = takeY(call.x, target, 0);
  const { x: input, geometry: g } = call;
  input.runtime.kernels.rms_norm_forward(
    input.byteOffset,
    y.byteOffset,
    addressOf(call.weight),
    addressOf(call.bias),
    0,
    g.n,
    g.c,
    call.eps,
  );
  target?.noteWrite();
  return y;
}

/**
 * {@link rmsNorm} that also returns what {@link backward} needs.
 *
 * @returns y, and `saved` with rstd shaped as the leading axes of x; its mean is null
 * @throws as {@link rmsNorm}; RangeError `'VALUE'` also for an `out` that overlaps x
 */
export function rmsNormForward<const O extends ForwardOptions<RmsOptions> = Record<never, never>>(
  x: Tensor,
  normalizedShape: number | readonly number[],
  options?: Exactly<O, ForwardOptions<RmsOptions>>,
): ForwardFor<O, null> {
  const given = checkOptions(options as ForwardOptions<RmsOptions> | undefined);
  const { weight, bias, eps, out, reuse } = given;
  const call = readCall(x, normalizedShape, weight, bias, eps);
  const target = checkOut(out, call, true);
  const recycled = checkReuse(reuse, call.x);
  const targets = takeTargets(call, target, recycled, 0);
  const { x: input, geometry: g } = call;
  input.runtime.kernels.rms_norm_forward(
    input.byteOffset,
    targets.y.byteOffset,
    addressOf(call.weight),
    addressOf(call.bias),
    targets.rstd,
    g.n,
    g.c,
    call.eps,
  );
  return finishForward(call, targets, target, recycled) as unknown as ForwardFor<O, null>;
}

/**
 * The gradients of {@link rmsNorm} from its inputs, with nothing kept in between: for checkpointing, and for tapes
 * that may never run. `rstd` is computed again unless it is given.
 *
 * @param dy shaped as x
 * @throws as {@link rmsNorm} and {@link backward}
 */
export function rmsNormBackward<const O extends Omit<DirectBackwardOptions<RmsOptions>, 'mean'> = Record<never, never>>(
  dy: Tensor,
  x: Tensor,
  normalizedShape: number | readonly number[],
  options?: Exactly<O, Omit<DirectBackwardOptions<RmsOptions>, 'mean'>>,
): GradientsFor<ParameterIn<O, 'weight'>, ParameterIn<O, 'bias'>, O> {
  const given = checkOptions(options as DirectBackwardOptions<RmsOptions> | undefined);
  const { weight, bias, eps, rstd, needs, out, accumulate } = given;
  const request = readRequest(needs, out, accumulate);
  const call = readCall(x, normalizedShape, weight, bias, eps);
  const statistics = checkStatistics(null, rstd, call);
  return computeGradients(call, dy, request, 0, 0, statistics) as never;
}
