// Instance norm as a layer.

import { INSTANCE_NORM } from '../operations/instance-norm.js';
import type { Exactly } from '../operations/types.js';
import type { Tensor } from '../tensor/types.js';
import type { Kind } from './config.js';
import { RUNNING_LAYER_OPTIONS, RunningNormLayer } from './running.js';
import type { Layer, OptionOr, Parameter, ParameterIf, RunningIf, RunningNormOptions } from './types.js';

const KIND: Kind = {
  operation: INSTANCE_NORM,
  optionNames: RUNNING_LAYER_OPTIONS,
  eps: 'group',
  affineOption: 'affine',
  affine: (defaults) => defaults.instanceAffine,
  affineShifts: true,
  tracks: false,
};

class InstanceNormLayer extends RunningNormLayer {
  static override readonly name = 'InstanceNorm';

  constructor(numFeatures: number, options?: RunningNormOptions) {
    super(KIND, numFeatures, options);
  }
}

/** A layer that does {@link instanceNorm}. */
export interface InstanceNorm<
  W extends Parameter | null = null,
  B extends Parameter | null = null,
  R extends Tensor | null = null,
> extends Layer<W, B, R> {
  readonly numFeatures: number;
  /** Where x has its channels: 1 or -1. */
  readonly channelAxis: number;
  /** The weight of the new observation in the running statistics; null for the average of all. */
  readonly momentum: number | null;
}

type IsAffine<P> = P extends 'torch' ? false : true;
type Switched<O> = OptionOr<O, 'affine', IsAffine<OptionOr<O, 'preset', 'torch'>>>;

/** Makes an {@link InstanceNorm}. */
export interface InstanceNormConstructor {
  /**
   * Instance normalization (Ulyanov et al. 2016) of `numFeatures` channels.
   *
   * @param numFeatures the extent of the channel axis of x
   * @param options `eps` (1e-5), `affine` (false, as PyTorch has it), `trackRunningStats` (false), `momentum` (0.1),
   * `runningVariance` (`'unbiased'`), `channelAxis` (1; -1 for channels last), `scale`, `shift`, `preset`, `runtime`
   *
   * @throws TypeError or RangeError for arguments and options of another type or range
   */
  new <const O extends RunningNormOptions = Record<never, never>>(
    numFeatures: number,
    options?: Exactly<O, RunningNormOptions>,
  ): InstanceNorm<
    ParameterIf<OptionOr<O, 'scale', Switched<O>>>,
    ParameterIf<OptionOr<O, 'shift', Switched<O>>>,
    RunningIf<OptionOr<O, 'trackRunningStats', false>>
  >;
  readonly prototype: InstanceNorm<Parameter | null, Parameter | null, Tensor | null>;
}

/**
 * Instance normalization (Ulyanov et al. 2016) of `numFeatures` channels; weight, bias and running statistics [C]
 * where options (or the preset) ask for them.
 *
 * @example
 * const norm = new InstanceNorm(64, { affine: true });
 */
export const InstanceNorm: InstanceNormConstructor = InstanceNormLayer as unknown as InstanceNormConstructor;
