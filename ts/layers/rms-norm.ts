// RMS norm as a layer.

import { RMS_NORM } from '../operations/rms-norm.js';
import type { Exactly } from '../operations/types.js';
import type { Kind } from './config.js';
import { ROW_LAYER_OPTIONS, RowNormLayer } from './rows.js';
import type { Layer, OptionOr, Parameter, ParameterIf, RMSNormOptions } from './types.js';

const KIND: Kind = {
  operation: RMS_NORM,
  optionNames: ROW_LAYER_OPTIONS,
  eps: 'rms',
  affineOption: 'elementwiseAffine',
  affine: () => true,
  affineShifts: false,
  tracks: null,
};

class RMSNormLayer extends RowNormLayer {
  static override readonly name = 'RMSNorm';

  constructor(normalizedShape: number | readonly number[], options?: RMSNormOptions) {
    super(KIND, normalizedShape, options);
  }
}

/** A layer that does {@link rmsNorm}. */
export interface RMSNorm<W extends Parameter | null = Parameter, B extends Parameter | null = null>
  extends Layer<W, B, null> {
  readonly normalizedShape: readonly number[];
}

/** Makes an {@link RMSNorm}. */
export interface RMSNormConstructor {
  /**
   * Root mean square normalization (Zhang & Sennrich 2019) over the last axes.
   *
   * @param normalizedShape the extents of the last axes, or the extent of the last one
   * @param options `eps` (1.1920929e-7), `elementwiseAffine` (true: a weight shaped as `normalizedShape`), `shift` (false: no
   * bias), `scale`, `preset`, `runtime`
   *
   * @throws TypeError or RangeError for arguments and options of another type or range
   */
  new <const O extends RMSNormOptions = Record<never, never>>(
    normalizedShape: number | readonly number[],
    options?: Exactly<O, RMSNormOptions>,
  ): RMSNorm<
    ParameterIf<OptionOr<O, 'scale', OptionOr<O, 'elementwiseAffine', true>>>,
    ParameterIf<OptionOr<O, 'shift', false>>
  >;
  readonly prototype: RMSNorm<Parameter | null, Parameter | null>;
}

/**
 * Root mean square normalization (Zhang & Sennrich 2019) over the last axes, with a weight shaped as they are, and
 * a bias where `shift` asks for one.
 *
 * @param normalizedShape the extents of the last axes, or the extent of the last one
 *
 * @example
 * const norm = new RMSNorm(4096);
 */
export const RMSNorm: RMSNormConstructor = RMSNormLayer as unknown as RMSNormConstructor;
