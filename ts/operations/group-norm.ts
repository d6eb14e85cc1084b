// Group norm: every data point by the statistics of its own channels, in groups.

import { describe, typeError, valueError } from '../errors.js';
import { checkOptions } from '../runtime/runtime.js';
import type { Tensor } from '../tensor/types.js';
import type { Call, Differentiable } from './call.js';
import { addressOf, checkEps, checkFloat32, checkGroupParameter, checkOut } from './checks.js';
import { checkReuse, finishForward, takeTargets, takeY } from './forward.js';
import { readChannels, splitChannels } from './geometry.js';
import { checkStatistics, computeGradients } from './gradients.js';
import { readRequest } from './request.js';
import type {
  ChannelOptions,
  DirectBackwardOptions,
  Exactly,
  ForwardFor,
  ForwardOptions,
  GradientsFor,
  ParameterIn,
} from './types.js';

/** Instance norm's too: its groups are the channels. */
export const GROUPED: Differentiable = {
  hasMean: true,
  statisticsCount: (g) => g.n * g.groups,
  statisticsShape: (g) => [g.n, g.groups],
  scratchBytes: (kernels, g) => kernels.group_norm_scratch(g.n, g.c, g.s, g.groups, g.channelsLast) >>> 0,
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

/** Checks a count: `numGroups`, `numChannels`, `numFeatures`. */
export function checkCount(value: unknown, name: string): number {
  if (typeof value !== 'number') throw typeError(`${name} must be a number, got ${describe(value)}`);
  if (!Number.isInteger(value) || value < 1) throw valueError(`${name} must be a positive integer, got ${value}`);
  return value;
}

export function checkDivisible(channels: number, groups: number): void {
  if (channels % groups === 0) return;
  throw valueError(`num_channels (${channels}) must be divisible by num_groups (${groups})`);
}

function readCall(
  x: unknown,
  numGroups: unknown,
  channelAxis: unknown,
  weight: unknown,
  bias: unknown,
  eps: unknown,
): Call {
  const input = checkFloat32(x, 'x');
  const groups = checkCount(numGroups, 'numGroups');
  const channels = readChannels(input, channelAxis);
  // A layer whose channels do not fit has more to say of its weight than of its groups.
  const scale = checkGroupParameter(weight, 'weight', input, channels.c);
  const shift = checkGroupParameter(bias, 'bias', input, channels.c);
  checkDivisible(channels.c, groups);
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
}

function run(call: Call, y: number, mean: number, rstd: number, scratch: number): void {
  const { x, weight, bias, geometry: g, eps } = call;
  x.runtime.kernels.group_norm_forward(
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
}

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
 * eps, or an `out` that overlaps in part
 */
export function groupNorm(x: Tensor, numGroups: number, options?: ChannelOptions): Tensor {
  const { weight, bias, eps, out, channelAxis } = checkOptions(options);
  const call = readCall(x, numGroups, channelAxis, weight, bias, eps);
  const target = checkOut(out, call, false);
  const { runtime } = call.x;
  const scratchBytes = GROUPED.scratchBytes(runtime.kernels, call.geometry);
  const y = takeY(call.x, target, scratchBytes);
  run(call, y.byteOffset, 0, 0, runtime.scratch(scratchBytes));
  target?.noteWrite();
  return y;
}

/**
 * {@link groupNorm} that also returns what {@link backward} needs.
 *
 * @returns y, and `saved` with mean and rstd [N, numGroups]
 * @throws as {@link groupNorm}; RangeError `'VALUE'` also for an `out` that overlaps x
 */
export function groupNormForward<const O extends ForwardOptions<ChannelOptions> = Record<never, never>>(
  x: Tensor,
  numGroups: number,
  options?: Exactly<O, ForwardOptions<ChannelOptions>>,
): ForwardFor<O> {
  const given = checkOptions(options as ForwardOptions<ChannelOptions> | undefined);
  const { weight, bias, eps, out, reuse, channelAxis } = given;
  const call = readCall(x, numGroups, channelAxis, weight, bias, eps);
  const target = checkOut(out, call, true);
  const recycled = checkReuse(reuse, call.x);
  const targets = takeTargets(call, target, recycled, GROUPED.scratchBytes(call.x.runtime.kernels, call.geometry));
  run(call, targets.y.byteOffset, targets.mean, targets.rstd, targets.scratch);
  return finishForward(call, targets, target, recycled) as unknown as ForwardFor<O>;
}

/**
 * The gradients of {@link groupNorm} from its inputs, with nothing kept in between: for checkpointing, and for tapes
 * that may never run. The statistics of x are computed again unless `mean` and `rstd` are given.
 *
 * @param dy shaped as x
 * @throws as {@link groupNorm} and {@link backward}
 */
export function groupNormBackward<const O extends DirectBackwardOptions<ChannelOptions> = Record<never, never>>(
  dy: Tensor,
  x: Tensor,
  numGroups: number,
  options?: Exactly<O, DirectBackwardOptions<ChannelOptions>>,
): GradientsFor<ParameterIn<O, 'weight'>, ParameterIn<O, 'bias'>, O> {
  const given = checkOptions(options as DirectBackwardOptions<ChannelOptions> | undefined);
  const { weight, bias, eps, channelAxis, mean, rstd, needs, out, accumulate } = given;
  const request = readRequest(needs, out, accumulate);
  const call = readCall(x, numGroups, channelAxis, weight, bias, eps);
  const statistics = checkStatistics(mean, rstd, call);
  return computeGradients(call, dy, request, 0, 0, statistics) as never;
}
