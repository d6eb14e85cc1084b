// Group norm: every data point by the statistics of its own channels, in groups.

import type { NamesOf } from '../arguments.js';
import { valueError } from '../errors.js';
import { formatShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/types.js';
import { addressOf, type Kernel } from './call.js';
import { checkCount, checkEps, checkFloat32, checkGroupParameter } from './checks.js';
import { channelsOf, readChannels, splitChannels } from './geometry.js';
import { directBackward, forward, forwardForBackward, type Operation } from './operation.js';
import type {
  ChannelOptions,
  DirectBackwardOptions,
  Exactly,
  ForwardFor,
  ForwardOptions,
  GradientsFor,
  ParameterIn,
} from './types.js';

const scratchOf: Kernel['scratch'] = (kernels, g) =>
  kernels.group_norm_scratch(g.n, g.c, g.s, g.groups, g.channelsLast);

/** But for the forward, instance norm's too: its groups are the channels. */
export const GROUPED: Kernel = {
  hasMean: true,
  constant: false,
  statisticsCount: (g) => g.n * g.groups,
  statisticsShape: (g) => [g.n, g.groups],
  forwardScratch: scratchOf,
  scratch: scratchOf,
  forward(kernels, { x, weight, bias, geometry: g, eps }, y, mean, rstd, scratch) {
    kernels.group_norm_forward(
      x.byteOffset,
      y,
      addressOf(weight),
      addressOf(bias),
      mean,
      rstd,
      g.n,
      g.c,
      g.s,
      g.groups,
      g.channelsLast,
      eps,
      scratch,
    );
  },
  statistics(kernels, { x, geometry: g, eps }, mean, rstd, scratch) {
    const { n, c, s, groups, channelsLast } = g;
    kernels.group_norm_statistics(x.byteOffset, mean, rstd, n, c, s, groups, channelsLast, eps, scratch);
  },
  backward(kernels, g, dy, x, weight, mean, rstd, dx, dweight, dbias, accumulate, scratch) {
    const { n, c, s, groups, channelsLast } = g;
    kernels.group_norm_backward(
      dy,
      x,
      weight,
      mean,
      rstd,
      dx,
      dweight,
      dbias,
      n,
      c,
      s,
      groups,
      channelsLast,
      accumulate,
      scratch,
    );
  },
};

const OPTIONS: NamesOf<ChannelOptions> = { weight: 1, bias: 1, eps: 1, channelAxis: 1, out: 1 };

export const GROUP_NORM: Operation = {
  optionNames: OPTIONS,
  read(x, numGroups, { weight, bias, eps, channelAxis }) {
    const input = checkFloat32(x, 'x');
    const groups = checkCount(numGroups, 'numGroups');
    const channels = readChannels(input, channelAxis);
    // A layer whose channels do not fit has more to say of its weight than of its groups.
    const scale = checkGroupParameter(weight, 'weight', input, channels);
    const shift = checkGroupParameter(bias, 'bias', input, channels);
    if (channels.c % groups !== 0) {
      throw valueError(
        'Expected number of channels in input to be divisible by num_groups, but got input of shape ' +
          `${formatShape(input.shape)} and num_groups=${groups}: ${channelsOf(input, channels)}`,
      );
    }
    return {
      op: 'groupNorm',
      kernel: GROUPED,
      geometry: splitChannels(channels, groups),
      x: input,
      weight: scale,
      bias: shift,
      eps: checkEps(eps, 1e-5),
      running: null,
    };
  },
};

/**
 * Group normalization (Wu & He 2018): y = (x − mean) / sqrt(var + eps) · weight + bias, with mean and the biased
 * variance over space and the channels of each of `numGroups` groups, for each data point. A group of one value
 * gives exactly bias.
 *
 * @param x [N, C, …], or [N, …, C] with `channelAxis: -1`; rank 2 to 8
 * @param numGroups divides the number of channels; 1 is layer norm over channels and space, C is instance norm
 * @param options `weight` and `bias` are [C]
 * @returns y, shaped as x
 *
 * @example
 * using y = groupNorm(x, 32, { weight, bias });
 *
 * @throws TypeError for an x that is no float32 tensor, or another runtime's parameter
 * @throws RangeError `'SHAPE'` when shapes do not match; `'VALUE'` for groups that do not divide the channels, a bad
 * eps, an option that there is not, or an `out` that overlaps in part
 */
export function groupNorm(x: Tensor, numGroups: number, options?: ChannelOptions): Tensor {
  return forward(GROUP_NORM, x, numGroups, options);
}

/**
 * {@link groupNorm} that also returns what {@link backward} needs.
 *
 * @param x [N, C, …], or [N, …, C] with `channelAxis: -1`; rank 2 to 8; `saved` refers to it
 * @param numGroups divides the number of channels
 * @param options those of {@link groupNorm}, and `reuse`: a saved state whose memory is used again
 * @returns y, and `saved` with mean and rstd [N, numGroups]
 * @throws as {@link groupNorm}; RangeError `'VALUE'` also for an `out` that overlaps x
 */
export function groupNormForward<const O extends ForwardOptions<ChannelOptions> = Record<never, never>>(
  x: Tensor,
  numGroups: number,
  options?: Exactly<O, ForwardOptions<ChannelOptions>>,
): ForwardFor<O> {
  return forwardForBackward(GROUP_NORM, x, numGroups, options) as unknown as ForwardFor<O>;
}

/**
 * The gradients of {@link groupNorm} from its inputs, with nothing kept in between: for checkpointing, and for tapes
 * that may never run. The statistics of x are computed again unless `mean` and `rstd` are given.
 *
 * @param dy the gradient of the loss by y, shaped as x
 * @param x [N, C, …], or [N, …, C] with `channelAxis: -1`; rank 2 to 8
 * @param numGroups divides the number of channels
 * @param options those of {@link groupNorm} as the forward had them (`weight`, `bias`, `eps`, …) and of {@link backward}
 * (`needs`, `out`, `accumulate`); `mean` and `rstd` ([N, numGroups]) of x, where they are known
 * @returns dx shaped as x, dweight and dbias [C]; null where not needed, or without the parameter
 * @throws as {@link groupNorm} and {@link backward}
 */
export function groupNormBackward<const O extends DirectBackwardOptions<ChannelOptions> = Record<never, never>>(
  dy: Tensor,
  x: Tensor,
  numGroups: number,
  options?: Exactly<O, DirectBackwardOptions<ChannelOptions>>,
): GradientsFor<ParameterIn<O, 'weight'>, ParameterIn<O, 'bias'>, O> {
  return directBackward(GROUP_NORM, dy, x, numGroups, options) as never;
}
