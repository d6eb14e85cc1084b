// Layer norm as a layer.

import { LAYER_NORM } from '../operations/layer-norm.js';
import type { Exactly } from '../operations/types.js';
import type { Kind } from './config.js';
import { ROW_LAYER_OPTIONS, RowNormLayer } from './rows.js';
import type { Layer, LayerNormOptions, OptionOr, Parameter, ParameterIf } from './types.js';

const KIND: Kind = {
  operation: LAYER_NORM,
  optionNames: ROW_LAYER_OPTIONS,
  eps: 'layer',
  affineOption: 'elementwiseAffine',
  affine: () => true,
  affineShifts: true,
  tracks: null,
};

class LayerNormLayer extends RowNormLayer {
  static override readonly name = 'LayerNorm';

  constructor(normalizedShape: number | readonly number[], options?: LayerNormOptions) {
    super(KIND, normalizedShape, options);
  }
}

/** A layer that does {@link layerNorm}. */
export interface LayerNorm<W extends Parameter | null = Parameter, B extends Parameter | null = Parameter>
  extends Layer<W, B, null> {
  readonly normalizedShape: readonly number[];
}

type Switched<O> = OptionOr<O, 'elementwiseAffine', true>;

/** Makes a {@link LayerNorm}. */
export interface LayerNormConstructor {
  /**
   * Layer normalization (Ba et al. 2016) over the last axes.
   *
   * @param normalizedShape the extents of the last axes, or the extent of the last one
   * @param options `eps` (1e-5), `elementwiseAffine` (true: weight and bias shaped as `normalizedShape`), `scale`, `shift`,
   * `preset`, `runtime`
   *
   * @throws TypeError or RangeError for arguments and options of another type or range
   */
  new <const O extends LayerNormOptions = Record<never, never>>(
    normalizedShape: number | readonly number[],
    options?: Exactly<O, LayerNormOptions>,
  ): LayerNorm<ParameterIf<OptionOr<O, 'scale', Switched<O>>>, ParameterIf<OptionOr<O, 'shift', Switched<O>>>>;
  readonly prototype: LayerNorm<Parameter | null, Parameter | null>;
}

/**
 * Layer normalization (Ba et al. 2016) over the last axes, with weight and bias shaped as they are.
 *
 * @param normalizedShape the extents of the last axes, or the extent of the last one
 *
 * @example
 * const norm = new LayerNorm(768);
 */
export const LayerNorm: LayerNormConstructor = LayerNormLayer as unknown as LayerNormConstructor;
