// Batch norm: every channel by its statistics over the batch and space, or by running ones.

import { shapeError } from '../errors.js';
import { checkOptions } from '../runtime/runtime.js';
import { formatShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/types.js';
import type { Differentiable } from './call.js';
import { addressOf, checkChannelParameter, checkEps, checkFloat32, checkOut } from './checks.js';
import { foldSpace, readChannels } from './geometry.js';
import { checkStatistics, computeGradients } from './gradients.js';
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

const KERNEL: Differentiable = {
  hasMean: true,
  statisticsCount: (g) => g.c,
  statisticsShape: (g) => [g.c],
  scratchBytes: (kernels, g) => kernels.batch_norm_scratch(g.n, g.c, g.s) >>> 0,
  statistics(kernels, { x, geometry: g, eps }, mean, rstd, scratch) {
    kernels.batch_norm_statistics(x.byteOffset, mean, rstd, g.n, g.c, g.s, eps, scratch);
  },
  backward(kernels, g, dy, x, weight, mean, rstd, dx, dweight, dbias, accumulate, scratch) {
    kernels.batch_norm_backward(dy, x, weight, mean, rstd, dx, dweight, dbias, g.n, g.c, g.s, accumulate, scratch);
  },
};

function readCall(x: unknown, given: RunningArguments): RunningCall {
  const input = checkFloat32(x, 'x');
  const channels = readChannels(input, given.channelAxis);
  const use = readRunning(input, channels.c, given);
  if (!use.constant && channels.n * channels.s === 1) {
    const size = formatShape(input.shape);
    throw shapeError(`Expected more than 1 value per channel when training, got input size ${size}`);
  }
  return {
    op: 'batchNorm',
    kernel: use.constant ? CONSTANT : KERNEL,
    geometry: foldSpace(channels),
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
  x.runtime.kernels.batch_norm_forward(
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
    eps,
    use.momentum,
    use.unbiased,
    scratch,
  );
  noteUpdate(running);
}

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
 * `'VALUE'` for a bad eps or momentum, or tensors that overlap
 */
export function batchNorm(x: Tensor, options?: RunningOptions): Tensor {
  const given = checkOptions(options);
  const { out } = given;
  const call = readCall(x, readArguments(given));
  const target = checkOut(out, call, false);
  checkUpdate(call);
  return forwardOnly(call, target, run);
}

/**
 * {@link batchNorm} that also returns what {@link backward} needs.
 *
 * @returns y, and `saved` with mean and rstd [C]
 * @throws as {@link batchNorm}; RangeError `'VALUE'` also for an `out` that overlaps x
 */
export function batchNormForward<const O extends ForwardOptions<RunningOptions> = Record<never, never>>(
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
 * The gradients of {@link batchNorm} from its inputs, with nothing kept in between: for checkpointing, and for tapes
 * that may never run. The statistics of x are computed again unless `mean` and `rstd` are given. Running statistics
 * are never updated here; in any mode but `'train'` they are what x was normalised by, and constants.
 *
 * @param dy shaped as x
 * @throws as {@link batchNorm} and {@link backward}
 */
export function batchNormBackward<const O extends DirectBackwardOptions<RunningOptions> = Record<never, never>>(
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
