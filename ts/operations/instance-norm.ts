// Instance norm: every channel of every data point by its own statistics over space, or by running ones.

import { shapeError } from '../errors.js';
import { checkOptions } from '../runtime/runtime.js';
import { formatShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/types.js';
import { addressOf, checkChannelParameter, checkEps, checkFloat32, checkOut } from './checks.js';
import { foldSpace, readChannels, splitChannels } from './geometry.js';
import { checkStatistics, computeGradients } from './gradients.js';
import { GROUPED } from './group-norm.js';
import { readRequest } from './request.js';
import {
  CONSTANT,
  checkUpdate,
  forwardOnly,
  forwardSaving,
  noteUpdate,
  type RunningArguments,
  type RunningCall,
  readArguments,
  readRunning,
  runConstant,
} from './running.js';
import type {
  DirectBackwardOptions,
  Exactly,
  ForwardFor,
  ForwardOptions,
  GradientsFor,
  ParameterIn,
  RunningOptions,
} from './types.js';

function readCall(x: unknown, given: RunningArguments): RunningCall {
  const input = checkFloat32(x, 'x');
  const channels = readChannels(input, given.channelAxis);
  const use = readRunning(input, channels.c, given);
  if (!use.constant && channels.s === 1) {
    const size = formatShape(input.shape);
    throw shapeError(`Expected more than 1 spatial element when training, got input size ${size}`);
  }
  return {
    op: 'instanceNorm',
    kernel: use.constant ? CONSTANT : GROUPED,
    geometry: use.constant ? foldSpace(channels) : splitChannels(channels, channels.c),
    x: input,
    weight: checkChannelParameter(given.weight, 'weight', 'weight', input, channels.c),
    bias: checkChannelParameter(given.bias, 'bias', 'bias', input, channels.c),
    eps: checkEps(given.eps, 1e-5),
    running: use.running,
    use,
  };
}

function run(call: RunningCall, y: number, mean: number, rstd: number, scratch: number): void {
  if (call.use.constant) {
    runConstant(call, y, mean, rstd, scratch);
    return;
  }
  const { x, weight, bias, geometry: g, eps, running, use } = call;
  x.runtime.kernels.instance_norm_forward(
    x.byteOffset,
    y,
    addressOf(weight),
    addressOf(bias),
    mean,
    rstd,
    running === null ? 0 : running.mean.byteOffset,
    running === null ? 0 : running.variance.byteOffset,
    g.n,
    g.c,
    g.s,
    g.channelsLast,
    eps,
    use.momentum,
    use.unbiased,
    scratch,
  );
  noteUpdate(running);
}

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
 * `'VALUE'` for a bad eps or momentum, or tensors that overlap
 */
export function instanceNorm(x: Tensor, options?: RunningOptions): Tensor {
  const given = checkOptions(options);
  const { out } = given;
  const call = readCall(x, readArguments(given));
  const target = checkOut(out, call, false);
  checkUpdate(call);
  return forwardOnly(call, target, run);
}

/**
 * {@link instanceNorm} that also returns what {@link backward} needs.
 *
 * @returns y, and `saved` with mean and rstd [N, C], or [C] where running statistics were used
 * @throws as {@link instanceNorm}; RangeError `'VALUE'` also for an `out` that overlaps x
 */
export function instanceNormForward<const O extends ForwardOptions<RunningOptions> = Record<never, never>>(
  x: Tensor,
  options?: Exactly<O, ForwardOptions<RunningOptions>>,
): ForwardFor<O> {
  const given = checkOptions(options as ForwardOptions<RunningOptions> | undefined);
  const { out, reuse } = given;
  const call = readCall(x, readArguments(given));
  const target = checkOut(out, call, true);
  checkUpdate(call);
  return forwardSaving(call, target, reuse, run) as unknown as ForwardFor<O>;
}

/**
 * The gradients of {@link instanceNorm} from its inputs, with nothing kept in between: for checkpointing, and for tapes
 * that may never run. The statistics of x are computed again unless `mean` and `rstd` are given. Running statistics
 * are never updated here; in any mode but `'train'` they are what x was normalised by, and constants.
 *
 * @param dy shaped as x
 * @throws as {@link instanceNorm} and {@link backward}
 */
export function instanceNormBackward<const O extends DirectBackwardOptions<RunningOptions> = Record<never, never>>(
  dy: Tensor,
  x: Tensor,
  options?: Exactly<O, DirectBackwardOptions<RunningOptions>>,
): GradientsFor<ParameterIn<O, 'weight'>, ParameterIn<O, 'bias'>, O> {
  const given = checkOptions(options as DirectBackwardOptions<RunningOptions> | undefined);
  const { mean, rstd, needs, out, accumulate } = given;
  const request = readRequest(needs, out, accumulate);
  const call = readCall(x, readArguments(given));
  const statistics = call.use.constant ? null : checkStatistics(mean, rstd, call);
  return computeGradients(call, dy, request, 0, 0, statistics) as never;
}
