// Batch norm: every channel by its statistics over the batch and space, or by running ones.

import type { Tensor } from '../tensor/types.js';
import { addressOf, type Kernel } from './call.js';
import { foldSpace } from './geometry.js';
import { directBackward, forward, forwardForBackward, type Operation } from './operation.js';
import { RUNNING_OPTIONS, readTracked, type Tracking } from './running.js';
import type {
  DirectBackwardOptions,
  Exactly,
  ForwardFor,
  ForwardOptions,
  GradientsFor,
  ParameterIn,
  RunningOptions,
} from './types.js';

const scratchOf: Kernel['scratch'] = (kernels, g) => kernels.batch_norm_scratch(g.n, g.c, g.s);

const KERNEL: Kernel = {
  hasMean: true,
  constant: false,
  statisticsCount: (g) => g.c,
  statisticsShape: (g) => [g.c],
  forwardScratch: scratchOf,
  scratch: scratchOf,
  forward(kernels, { x, weight, bias, geometry: g, eps, running }, y, mean, rstd, scratch) {
    kernels.batch_norm_forward(
      x.byteOffset,
      y,
      addressOf(weight),
      addressOf(bias),
      mean,
      rstd,
      addressOf(running?.mean ?? null),
      addressOf(running?.variance ?? null),
      g.n,
      g.c,
      g.s,
      eps,
      running?.momentum ?? 0,
      running?.unbiased ?? 0,
      scratch,
    );
  },
  statistics(kernels, { x, geometry: g, eps }, mean, rstd, scratch) {
    kernels.batch_norm_statistics(x.byteOffset, mean, rstd, g.n, g.c, g.s, eps, scratch);
  },
  backward(kernels, g, dy, x, weight, mean, rstd, dx, dweight, dbias, accumulate, scratch) {
    kernels.batch_norm_backward(dy, x, weight, mean, rstd, dx, dweight, dbias, g.n, g.c, g.s, accumulate, scratch);
  },
};

const TRACKING: Tracking = {
  op: 'batchNorm',
  kernel: KERNEL,
  geometry: foldSpace,
  count: ({ n, s }) => n * s,
  element: 'value per channel',
};

export const BATCH_NORM: Operation = {
  optionNames: RUNNING_OPTIONS,
  read: (x, _, options) => readTracked(TRACKING, x, options),
};

/**
 * Batch normalization (Ioffe & Szegedy 2015): y = (x − mean) / sqrt(var + eps) · weight + bias, with mean and the
 * biased variance of each channel over the batch and space, or with running statistics in their place.
 *
 * In `mode: 'train'` running statistics are updated, PyTorch's way:
 * running = (1 − momentum) · running + momentum · observed, the variance unbiased by default. An empty batch leaves
 * them as they are.
 *
 * @param x [N, C, …], or [N, …, C] with `channelAxis: -1`; rank 2 to 8
 * @param options `weight`, `bias`, `runningMean` and `runningVar` are [C]
 * @returns y, shaped as x
 *
 * @example
 * using y = batchNorm(x, { weight, bias, runningMean, runningVar, mode: 'train' });
 *
 * @throws TypeError for an x that is no float32 tensor, or another runtime's parameter
 * @throws RangeError `'SHAPE'` when shapes do not match, or the statistics of x would be of one value per channel;
 * `'VALUE'` for a bad eps or momentum, an option that there is not, or tensors that overlap
 */
export function batchNorm(x: Tensor, options?: RunningOptions): Tensor {
  return forward(BATCH_NORM, x, undefined, options);
}

/**
 * {@link batchNorm} that also returns what {@link backward} needs.
 *
 * @param x [N, C, …], or [N, …, C] with `channelAxis: -1`; rank 2 to 8; `saved` refers to it
 * @param options those of {@link batchNorm}, and `reuse`: a saved state whose memory is used again
 * @returns y, and `saved` with mean and rstd [C]
 * @throws as {@link batchNorm}; RangeError `'VALUE'` also for an `out` that overlaps x
 */
export function batchNormForward<const O extends ForwardOptions<RunningOptions> = Record<never, never>>(
  x: Tensor,
  options?: Exactly<O, ForwardOptions<RunningOptions>>,
): ForwardFor<O> {
  return forwardForBackward(BATCH_NORM, x, undefined, options) as unknown as ForwardFor<O>;
}

/**
 * The gradients of {@link batchNorm} from its inputs, with nothing kept in between: for checkpointing, and for tapes
 * that may never run. The statistics of x are computed again unless `mean` and `rstd` are given. Running statistics
 * are never updated here; in any mode but `'train'` they are what x was normalized by, and constants.
 *
 * @param dy the gradient of the loss by y, shaped as x
 * @param x [N, C, …], or [N, …, C] with `channelAxis: -1`; rank 2 to 8
 * @param options those of {@link batchNorm} as the forward had them (`weight`, `bias`, `eps`, …) and of {@link backward}
 * (`needs`, `out`, `accumulate`); `mean` and `rstd` ([C]) of x, where they are known
 * @returns dx shaped as x, dweight and dbias [C]; null where not needed, or without the parameter
 * @throws as {@link batchNorm} and {@link backward}
 */
export function batchNormBackward<const O extends DirectBackwardOptions<RunningOptions> = Record<never, never>>(
  dy: Tensor,
  x: Tensor,
  options?: Exactly<O, DirectBackwardOptions<RunningOptions>>,
): GradientsFor<ParameterIn<O, 'weight'>, ParameterIn<O, 'bias'>, O> {
  return directBackward(BATCH_NORM, dy, x, undefined, options) as never;
}
