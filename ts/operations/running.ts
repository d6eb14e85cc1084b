// Running statistics: when batch and instance norm use them, update them, or take them for constants.

import { checkNumber, checkWord, type NamesOf, type Options } from '../arguments.js';
import { typeError, valueError } from '../errors.js';
import { overlaps } from '../tensor/tensor.js';
import { addressOf, type Call, type Float32Tensor, type Kernel, type Running } from './call.js';
import { checkApart, checkChannelParameter, checkOut } from './checks.js';
import type { Geometry } from './geometry.js';
import type { RunningOptions } from './types.js';

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

/** A caller's options of batch or instance norm, each read once and not checked yet. */
export interface RunningArguments {
  readonly weight: unknown;
  readonly bias: unknown;
  readonly eps: unknown;
  readonly channelAxis: unknown;
  readonly runningMean: unknown;
  readonly runningVar: unknown;
  readonly momentum: unknown;
  readonly mode: unknown;
  readonly runningVariance: unknown;
}

export function readArguments(options: Options): RunningArguments {
  const { weight, bias, eps, channelAxis, runningMean, runningVar, momentum, mode, runningVariance } = options;
  return { weight, bias, eps, channelAxis, runningMean, runningVar, momentum, mode, runningVariance };
}

const MODES = ['train', 'eval', 'frozen'] as const;
const VARIANCES = ['unbiased', 'biased'] as const;

/** What the mode makes of the running statistics. */
export interface RunningUse {
  readonly running: Running | null;
  /** They stand in for the statistics of x; otherwise, where there are any, they are updated. */
  readonly constant: boolean;
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

export function readRunning(x: Float32Tensor, g: Geometry, given: RunningArguments): RunningUse {
  const mean = checkChannelParameter(given.runningMean, 'runningMean', 'running_mean', x, g);
  const variance = checkChannelParameter(given.runningVar, 'runningVar', 'running_var', x, g);
  const mode = checkWord(given.mode, 'mode', MODES);
  const momentum = checkMomentum(given.momentum);
  const unbiased = checkRunningVariance(given.runningVariance);
  if ((mean === null) !== (variance === null)) {
    throw valueError(
      'running_mean and running_var must either both be None or neither be None: give runningMean and runningVar ' +
        'together',
    );
  }
  const running = mean === null || variance === null ? null : { mean, variance, momentum, unbiased };
  return { running, constant: running !== null && mode !== 'train' };
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
