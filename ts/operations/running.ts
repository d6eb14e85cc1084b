// Running statistics: when batch and instance norm use them, update them, or take them for constants.

import { checkNumber, checkWord, type NamesOf, type Options } from '../arguments.js';
import { shapeError, typeError, valueError } from '../errors.js';
import { formatShape } from '../tensor/shape.js';
import { overlaps } from '../tensor/tensor.js';
import { addressOf, type Call, type Float32Tensor, type Kernel, type Running } from './call.js';
import { checkApart, checkChannelParameter, checkEps, checkFloat32, checkOut } from './checks.js';
import { foldSpace, type Geometry, readChannels } from './geometry.js';
import type { OperationName, RunningOptions } from './types.js';

/** The names of the options of batch and instance norm. */
export const RUNNING_OPTIONS: NamesOf<RunningOptions> = {
  weight: 1,
  bias: 1,
  eps: 1,
  channelAxis: 1,
  runningMean: 1,
  runningVar: 1,
  momentum: 1,
  mode: 1,
  runningVariance: 1,
  out: 1,
};

const MODES = ['train', 'eval', 'frozen'] as const;
const VARIANCES = ['unbiased', 'biased'] as const;

/** What batch and instance norm do each in its own way. */
export interface Tracking {
  readonly op: OperationName;
  /** Where the statistics are those of x. */
  readonly kernel: Kernel;
  readonly geometry: (channels: Geometry) => Geometry;
  /** How many elements of x a statistic is of. */
  readonly count: (channels: Geometry) => number;
  /** What PyTorch calls one of them. */
  readonly element: string;
}

export function checkMomentum(value: unknown): number {
  if (value === undefined) return 0.1;
  if (value === null) {
    throw typeError('momentum null (a cumulative average) needs a counter, so only layers take it: pass a number');
  }
  const momentum = checkNumber(value, 'momentum');
  if (!(momentum >= 0 && momentum <= 1)) throw valueError(`momentum must be a number from 0 to 1, got ${momentum}`);
  return momentum;
}

/** 1 for the unbiased variance, which is the default. */
export function checkRunningVariance(value: unknown): 0 | 1 {
  return checkWord(value, 'runningVariance', VARIANCES) === 'biased' ? 0 : 1;
}

/** Reads each of the options once, then checks them with x. */
export function readTracked(norm: Tracking, x: unknown, options: Options): Call {
  const { weight, bias, eps, channelAxis, runningMean, runningVar, momentum, mode, runningVariance } = options;
  const input = checkFloat32(x, 'x');
  const channels = readChannels(input, channelAxis);
  const mean = checkChannelParameter(runningMean, 'runningMean', 'running_mean', input, channels);
  const variance = checkChannelParameter(runningVar, 'runningVar', 'running_var', input, channels);
  const chosen = checkWord(mode, 'mode', MODES);
  const factor = checkMomentum(momentum);
  const unbiased = checkRunningVariance(runningVariance);
  if ((mean === null) !== (variance === null)) {
    throw valueError(
      'running_mean and running_var must either both be None or neither be None: give runningMean and runningVar ' +
        'together',
    );
  }
  const running = mean === null || variance === null ? null : { mean, variance, momentum: factor, unbiased };
  // They stand in for the statistics of x then; otherwise, where there are any, they are updated.
  const constant = running !== null && chosen !== 'train';
  if (!constant && norm.count(channels) === 1) {
    const size = formatShape(input.shape);
    throw shapeError(`Expected more than 1 ${norm.element} when training, got input size ${size}`);
  }
  return {
    op: norm.op,
    kernel: constant ? CONSTANT : norm.kernel,
    geometry: constant ? foldSpace(channels) : norm.geometry(channels),
    x: input,
    weight: checkChannelParameter(weight, 'weight', 'weight', input, channels),
    bias: checkChannelParameter(bias, 'bias', 'bias', input, channels),
    eps: checkEps(eps, 1e-5),
    running,
  };
}

/** The outputs of a forward: `out`, and the running statistics where they are updated. */
export function checkOutputs(out: unknown, call: Call, saves: boolean): Float32Tensor | null {
  const target = checkOut(out, call, saves);
  if (call.running !== null && !call.kernel.constant) checkUpdate(call, call.running);
  return target;
}

/** Running statistics that are written may not share bytes with what is read meanwhile, nor with each other. */
function checkUpdate({ x, weight, bias }: Call, { mean, variance }: Running): void {
  mean.assertWritable('runningMean');
  variance.assertWritable('runningVar');
  if (overlaps(mean, variance)) throw valueError('runningMean must not overlap runningVar');
  checkApart(mean, 'runningMean', x, 'x');
  checkApart(mean, 'runningMean', weight, 'weight');
  checkApart(mean, 'runningMean', bias, 'bias');
  checkApart(variance, 'runningVar', x, 'x');
  checkApart(variance, 'runningVar', weight, 'weight');
  checkApart(variance, 'runningVar', bias, 'bias');
}

const scratchOf: Kernel['scratch'] = (kernels, g) => kernels.batch_norm_scratch(g.n, g.c, g.s);

/** Batch and instance norm whose statistics are constants: the same computation for both. */
export const CONSTANT: Kernel = {
  hasMean: true,
  constant: true,
  statisticsCount: (g) => g.c,
  statisticsShape: (g) => [g.c],
  forwardScratch: scratchOf,
  scratch: scratchOf,
  forward(kernels, call, y, mean, rstd, scratch) {
    const { x, weight, bias, geometry: g } = call;
    CONSTANT.statistics(kernels, call, mean, rstd, scratch);
    kernels.frozen_forward(x.byteOffset, y, addressOf(weight), addressOf(bias), mean, rstd, g.n, g.c, g.s, scratch);
  },
  statistics(kernels, { running, geometry: g, eps }, mean, rstd) {
    kernels.frozen_statistics(
      addressOf(running?.mean ?? null),
      addressOf(running?.variance ?? null),
      mean,
      rstd,
      g.c,
      eps,
    );
  },
  backward(kernels, g, dy, x, weight, mean, rstd, dx, dweight, dbias, accumulate, scratch) {
    kernels.frozen_backward(dy, x, weight, mean, rstd, dx, dweight, dbias, g.n, g.c, g.s, accumulate, scratch);
  },
};
