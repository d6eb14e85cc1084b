// Instance norm: every channel of every data point by its own statistics over space, or by running ones.

import type { Tensor } from '../tensor/types.js';
import { addressOf, type Kernel } from './call.js';
import { splitChannels } from './geometry.js';
import { GROUPED } from './group-norm.js';
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

const KERNEL: Kernel = {
  ...GROUPED,
  forward(kernels, { x, weight, bias, geometry: g, eps, running }, y, mean, rstd, scratch) {
    kernels.instance_norm_forward(
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
      g.channelsLast,
      eps,
      running?.momentum ?? 0,
      running?.unbiased ?? 0,
      scratch,
    );
  },
};

const TRACKING: Tracking = {
  op: 'instanceNorm',
  kernel: KERNEL,
  geometry: (channels) => splitChannels(channels, channels.c),
  count: ({ s }) => s,
  element: 'spatial element',
};

export const INSTANCE_NORM: Operation = {
  optionNames: RUNNING_OPTIONS,
  read: (x, _, options) => readTracked(TRACKING, x, options),
};

/**
 * Instance normalization (Ulyanov et al. 2016): y = (x − mean) / sqrt(var + eps) · weight + bias, with mean and the
 * biased variance over space for each channel of each data point, or with running statistics in their place.
 *
 * In `mode: 'train'` running statistics are updated with the mean of the observed ones over the batch, the variance
 * unbiased by default, as PyTorch does. An empty batch leaves them as they are.
 *
 * @param x [N, C, …], or [N, …, C] with `channelAxis: -1`; rank 2 to 8
 * @param options `weight`, `bias`, `runningMean` and `runningVar` are [C]
 * @returns y, shaped as x
 *
 * @example
 * using y = instanceNorm(x);
 *
 * @throws TypeError for an x that is no float32 tensor, or another runtime's parameter
 * @throws RangeError `'SHAPE'` when shapes do not match, or the statistics of x would be of one spatial element;
 * `'VALUE'` for a bad eps or momentum, an option that there is not, or tensors that overlap
 */
export function instanceNorm(x: Tensor, options?: RunningOptions): Tensor {
  return forward(INSTANCE_NORM, x, undefined, options);
}

/**
 * {@link instanceNorm} that also returns what {@link backward} needs.
 *
 * @param x [N, C, …], or [N, …, C] with `channelAxis: -1`; rank 2 to 8; `saved` refers to it
 * @param options those of {@link instanceNorm}, and `reuse`: a saved state whose memory is used again
 * @returns y, and `saved` with mean and rstd [N, C], or [C] where running statistics were used
 * @throws as {@link instanceNorm}; RangeError `'VALUE'` also for an `out` that overlaps x
 */
export function instanceNormForward<const O extends ForwardOptions<RunningOptions> = Record<never, never>>(
  x: Tensor,
  options?: Exactly<O, ForwardOptions<RunningOptions>>,
): ForwardFor<O> {
  return forwardForBackward(INSTANCE_NORM, x, undefined, options) as unknown as ForwardFor<O>;
}

/**
 * The gradients of {@link instanceNorm} from its inputs, with nothing kept in between: for checkpointing, and for tapes
 * that may never run. The statistics of x are computed again unless `mean` and `rstd` are given. Running statistics
 * are never updated here; in any mode but `'train'` they are what x was normalized by, and constants.
 *
 * @param dy the gradient of the loss by y, shaped as x
 * @param x [N, C, …], or [N, …, C] with `channelAxis: -1`; rank 2 to 8
 * @param options those of {@link instanceNorm} as the forward had them (`weight`, `bias`, `eps`, …) and of {@link backward}
 * (`needs`, `out`, `accumulate`); `mean` and `rstd` ([N, C]; [C] where running statistics are used) of x, where they are known
 * @returns dx shaped as x, dweight and dbias [C]; null where not needed, or without the parameter
 * @throws as {@link instanceNorm} and {@link backward}
 */
export function instanceNormBackward<const O extends DirectBackwardOptions<RunningOptions> = Record<never, never>>(
  dy: Tensor,
  x: Tensor,
  options?: Exactly<O, DirectBackwardOptions<RunningOptions>>,
): GradientsFor<ParameterIn<O, 'weight'>, ParameterIn<O, 'bias'>, O> {
  return directBackward(INSTANCE_NORM, dy, x, undefined, options) as never;
}
