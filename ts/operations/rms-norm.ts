// RMS norm: every data point by the mean square of its own last axes; the mean is not subtracted.

import type { Tensor } from '../tensor/types.js';
import { addressOf, type Kernel } from './call.js';
import { checkEps } from './checks.js';
import { directBackward, forward, forwardForBackward, type Operation } from './operation.js';
import { ROW_OPTIONS, ROWS, readRowCall } from './rows.js';
import type {
  DirectBackwardOptions,
  Exactly,
  ForwardFor,
  ForwardOptions,
  GradientsFor,
  ParameterIn,
  RmsOptions,
} from './types.js';

/** What an eps of null is, as PyTorch has it: the spacing of float32 at 1. */
export const EPSILON_OF_FLOAT32 = 2 ** -23;

const KERNEL: Kernel = {
  ...ROWS,
  hasMean: false,
  forward(kernels, { x, weight, bias, geometry: g, eps }, y, _mean, rstd) {
    kernels.rms_norm_forward(x.byteOffset, y, addressOf(weight), addressOf(bias), rstd, g.n, g.c, eps);
  },
  statistics(kernels, { x, geometry: g, eps }, _mean, rstd) {
    kernels.rms_norm_statistics(x.byteOffset, rstd, g.n, g.c, eps);
  },
  backward(kernels, g, dy, x, weight, _mean, rstd, dx, dweight, dbias, accumulate, scratch) {
    kernels.rms_norm_backward(dy, x, weight, rstd, dx, dweight, dbias, g.n, g.c, accumulate, scratch);
  },
};

export const RMS_NORM: Operation = {
  optionNames: ROW_OPTIONS,
  read(x, normalizedShape, { weight, bias, eps }) {
    const added = checkEps(eps ?? undefined, EPSILON_OF_FLOAT32);
    return readRowCall('rmsNorm', KERNEL, x, normalizedShape, weight, bias, added);
  },
};

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
  return forward(RMS_NORM, x, normalizedShape, options);
}

/**
 * {@link rmsNorm} that also returns what {@link backward} needs.
 *
 * @param x [*, ...normalizedShape], rank 1 to 8; `saved` refers to it
 * @param normalizedShape the extents of the last axes, or the extent of the last one
 * @param options those of {@link rmsNorm}, and `reuse`: a saved state whose memory is used again
 * @returns y, and `saved` with rstd shaped as the leading axes of x; its mean is null
 * @throws as {@link rmsNorm}; RangeError `'VALUE'` also for an `out` that overlaps x
 */
export function rmsNormForward<const O extends ForwardOptions<RmsOptions> = Record<never, never>>(
  x: Tensor,
  normalizedShape: number | readonly number[],
  options?: Exactly<O, ForwardOptions<RmsOptions>>,
): ForwardFor<O, null> {
  return forwardForBackward(RMS_NORM, x, normalizedShape, options) as unknown as ForwardFor<O, null>;
}

/**
 * The gradients of {@link rmsNorm} from its inputs, with nothing kept in between: for checkpointing, and for tapes
 * that may never run. `rstd` is computed again unless it is given.
 *
 * @param dy the gradient of the loss by y, shaped as x
 * @param x [*, ...normalizedShape], rank 1 to 8
 * @param normalizedShape the extents of the last axes, or the extent of the last one
 * @param options those of {@link rmsNorm} as the forward had them (`weight`, `bias`, `eps`, …) and of {@link backward}
 * (`needs`, `out`, `accumulate`); `rstd` (the leading axes of x) of x, where they are known
 * @returns dx shaped as x, dweight and dbias shaped as `normalizedShape`; null where not needed, or without the parameter
 * @throws as {@link rmsNorm} and {@link backward}
 */
export function rmsNormBackward<const O extends Omit<DirectBackwardOptions<RmsOptions>, 'mean'> = Record<never, never>>(
  dy: Tensor,
  x: Tensor,
  normalizedShape: number | readonly number[],
  options?: Exactly<O, Omit<DirectBackwardOptions<RmsOptions>, 'mean'>>,
): GradientsFor<ParameterIn<O, 'weight'>, ParameterIn<O, 'bias'>, O> {
  return directBackward(RMS_NORM, dy, x, normalizedShape, options) as never;
}
