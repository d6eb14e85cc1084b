// Batch norm as a layer.

import { BATCH_NORM } from '../operations/batch-norm.js';
import type { Exactly } from '../operations/types.js';
import type { Tensor } from '../tensor/types.js';
import type { Kind } from './config.js';
import { RUNNING_LAYER_OPTIONS, RunningNormLayer } from './running.js';
import type { Layer, OptionOr, Parameter, ParameterIf, RunningIf, RunningNormOptions } from './types.js';

const KIND: Kind = {
  operation: BATCH_NORM,
  optionNames: RUNNING_LAYER_OPTIONS,
  eps: 'batch',
  affineOption: 'affine',
  affine: () => true,
  affineShifts: true,
  tracks: true,
};

class BatchNormLayer extends RunningNormLayer {
  static override readonly name = 'BatchNorm';

  constructor(numFeatures: number, options?: RunningNormOptions) {
    super(KIND, numFeatures, options);
  }
}

/** A layer that does {@link batchNorm}. */
export interface BatchNorm<
  W extends Parameter | null = Parameter,
  B extends Parameter | null = Parameter,
  R extends Tensor | null = Tensor,
> extends Layer<W, B, R> {
  readonly numFeatures: number;
  /** Where x has its channels: 1 or -1. */
  readonly channelAxis: number;
  /** The weight of the new observation in the running statistics; null for the average of all. */
  readonly momentum: number | null;
}

type Switched<O> = OptionOr<O, 'affine', true>;

/** Makes a {@link BatchNorm}. */
export interface BatchNormConstructor {
  /**
   * Batch normalization (Ioffe & Szegedy 2015) of `numFeatures` channels.
   *
   * @param numFeatures the extent of the channel axis of x
   * @param options `eps` (1e-5), `momentum` (0.1), `affine` (true: weight and bias [C]), `trackRunningStats` (true),
   * `runningVariance` (`'unbiased'`), `channelAxis` (1; -1 for channels last), `scale`, `shift`, `preset`, `runtime`
   *
   * @throws TypeError or RangeError for arguments and options of another type or range
   */
  new <const O extends RunningNormOptions = Record<never, never>>(
    numFeatures: number,
    options?: Exactly<O, RunningNormOptions>,
  ): BatchNorm<
    ParameterIf<OptionOr<O, 'scale', Switched<O>>>,
    ParameterIf<OptionOr<O, 'shift', Switched<O>>>,
    RunningIf<OptionOr<O, 'trackRunningStats', true>>
  >;
  readonly prototype: BatchNorm<Parameter | null, Parameter | null, Tensor | null>;
}

/**
 * Batch normalization (Ioffe & Szegedy 2015) of `numFeatures` channels, with weight, bias and running statistics [C].
 *
 * @example
 * const norm = new BatchNorm(64);
 * const y = norm.forward(x);          // statistics of the batch; the running ones are updated
 * const z = norm.eval().forward(x);   // running statistics
 */
export const BatchNorm: BatchNormConstructor = BatchNormLayer as unknown as BatchNormConstructor;
