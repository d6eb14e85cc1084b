// Layer norm: every data point by the statistics of its own last axes.

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
  NormOptions,
  ParameterIn,
} from './types.js';

const KERNEL: Kernel = {
  ...ROWS,
  hasMean: true,
  forward(kernels, { x, weight, bias, geometry: g, eps }, y, mean, rstd) {
    kernels.layer_norm_forward(x.byteOffset, y, addressOf(weight), addressOf(bias), mean, rstd, g.n, g.c, eps);
  },
  statistics(kernels, { x, geometry: g, eps }, mean, rstd) {
    kernels.layer_norm_statistics(x.byteOffset, mean, rstd, g.n, g.c, eps);
  },
  backward(kernels, g, dy, x, weight, mean, rstd, dx, dweight, dbias, accumulate, scratch) {
    kernels.layer_norm_backward(dy, x, weight, mean, rstd, dx, dweight, dbias, g.n, g.c, accumulate, scratch);
  },
};

export const LAYER_NORM: Operation = {
  optionNames: ROW_OPTIONS,
  read(x, normalizedShape, { weight, bias, eps }) {
    return readRowCall('layerNorm', KERNEL, x, normalizedShape, weight, bias, checkEps(eps, 1e-5));
  },
};

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
 * @throws RangeError `'SHAPE'` when shapes do not match; `'VALUE'` for a bad eps, an option that there is
 * not, or an `out` that overlaps in part
 */
export function layerNorm(x: Tensor, normalizedShape: number | readonly number[], options?: NormOptions): Tensor {
  return forward(LAYER_NORM, x, normalizedShape, options);
}

/**
 * {@link layerNorm} that also returns what {@link backward} needs.
 *
 * @param x [*, ...normalizedShape], rank 1 to 8; `saved` refers to it
 * @param normalizedShape the extents of the last axes, or the extent of the last one
 * @param options those of {@link layerNorm}, and `reuse`: a saved state whose memory is used again
 * @returns y, and `saved` with mean and rstd shaped as the leading axes of x
 * @throws as {@link layerNorm}; RangeError `'VALUE'` also for an `out` that overlaps x
 */
export function layerNormForward<const O extends ForwardOptions<NormOptions> = Record<never, never>>(
  x: Tensor,
  normalizedShape: number | readonly number[],
  options?: Exactly<O, ForwardOptions<NormOptions>>,
): ForwardFor<O> {
  return forwardForBackward(LAYER_NORM, x, normalizedShape, options) as unknown as ForwardFor<O>;
}

/**
 * The gradients of {@link layerNorm} from its inputs, with nothing kept in between: for checkpointing, and for tapes
 * that may never run. The statistics of x are computed again unless `mean` and `rstd` are given.
 *
 * @param dy the gradient of the loss by y, shaped as x
 * @param x [*, ...normalizedShape], rank 1 to 8
 * @param normalizedShape the extents of the last axes, or the extent of the last one
 * @param options those of {@link layerNorm} as the forward had them (`weight`, `bias`, `eps`, …) and of {@link backward}
 * (`needs`, `out`, `accumulate`); `mean` and `rstd` (the leading axes of x) of x, where they are known
 * @returns dx shaped as x, dweight and dbias shaped as `normalizedShape`; null where not needed, or without the parameter
 * @throws as {@link layerNorm} and {@link backward}
 */
export function layerNormBackward<const O extends DirectBackwardOptions<NormOptions> = Record<never, never>>(
  dy: Tensor,
  x: Tensor,
  normalizedShape: number | readonly number[],
  options?: Exactly<O, DirectBackwardOptions<NormOptions>>,
): GradientsFor<ParameterIn<O, 'weight'>, ParameterIn<O, 'bias'>, O> {
  return directBackward(LAYER_NORM, dy, x, normalizedShape, options) as never;
}
