// What layer and RMS norm layers share: parameters over the last axes.

import type { NamesOf } from '../arguments.js';
import { readNormalizedShape } from '../operations/geometry.js';
import type { SavedState } from '../operations/saved.js';
import { formatShape } from '../tensor/shape.js';
import { NormLayer, type Tensors } from './base.js';
import { type Kind, readConfig } from './config.js';
import type { LayerNormOptions, LayerOptions, RMSNormOptions } from './types.js';

/** The name of an option that they alone have. */
export const ROW_LAYER_OPTIONS: NamesOf<Omit<LayerNormOptions, keyof LayerOptions>> = { elementwiseAffine: 1 };

export abstract class RowNormLayer extends NormLayer {
  protected constructor(
    kind: Kind,
    normalizedShape: number | readonly number[],
    options?: LayerNormOptions | RMSNormOptions,
  ) {
    super(readConfig(options, kind, readNormalizedShape(normalizedShape)));
  }

  get normalizedShape(): readonly number[] {
    return this.config.parameterShape;
  }

  protected override argument(): readonly number[] {
    return this.normalizedShape;
  }

  protected override sizes(): string {
    return formatShape(this.normalizedShape);
  }

  protected override options({ weight, bias }: Tensors, out: unknown, reuse: SavedState | null): object {
    return { weight, bias, eps: this.config.eps, out, reuse };
  }
}
