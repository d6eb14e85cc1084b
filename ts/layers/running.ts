// What batch and instance norm layers share: running statistics, and when they move.

import type { NamesOf } from '../arguments.js';
import { checkCount } from '../operations/checks.js';
import type { SavedState } from '../operations/saved.js';
import type { Tensor } from '../tensor/types.js';
import { NormLayer, type Tensors } from './base.js';
import { checkChannels } from './channels.js';
import { type ChannelConfig, type Kind, readConfig } from './config.js';
import type { LayerOptions, RunningNormOptions } from './types.js';

/** The names of the options that not all layers have. */
export const RUNNING_LAYER_OPTIONS: NamesOf<Omit<RunningNormOptions, keyof LayerOptions>> = {
  affine: 1,
  channelAxis: 1,
  momentum: 1,
  trackRunningStats: 1,
  runningVariance: 1,
};

export abstract class RunningNormLayer extends NormLayer<ChannelConfig> {
  protected constructor(kind: Kind, numFeatures: number, options?: RunningNormOptions) {
    super(readConfig(options, kind, Object.freeze([checkCount(numFeatures, 'numFeatures')])));
  }

  get numFeatures(): number {
    return this.config.parameterShape[0] as number;
  }

  get channelAxis(): number {
    return this.config.channelAxis;
  }

  get momentum(): number | null {
    return this.config.momentum;
  }

  protected override sizes(): string {
    return String(this.numFeatures);
  }

  protected override checkInput(x: Tensor): void {
    const { scale, shift, tracks, channelAxis } = this.config;
    // The operation compares what it is given; running statistics it is not always given.
    if (!scale && !shift && !(tracks && this.mode !== 'train')) {
      checkChannels(x, channelAxis, this.numFeatures, 'numFeatures');
    }
  }

  protected override options(tensors: Tensors, out: unknown, reuse: SavedState | null, updates: boolean): object {
    const { weight, bias, runningMean, runningVar } = tensors;
    const { eps, channelAxis, momentum, runningVariance } = this.config;
    const { mode } = this;
    // A forward that trains without moving them takes no notice of the running statistics.
    if (mode === 'train' && !updates) return { weight, bias, eps, channelAxis, out, reuse };
    return {
      weight,
      bias,
      eps,
      channelAxis,
      out,
      reuse,
      runningMean,
      runningVar,
      mode,
      momentum: momentum ?? 1 / ((this.numBatchesTracked ?? 0) + 1),
      runningVariance,
    };
  }
}
