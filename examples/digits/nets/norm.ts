// The norms, all from normlayers, as layers of the nets.
import {
  BatchNorm,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  type Layer as NormLayer,
  RMSNorm,
  type Tensor,
} from 'normlayers';
import { Buffer, type Layer, type Pass, type Weights } from './layer.ts';

export const NORMS = ['none', 'batch', 'layer', 'instance', 'group', 'rms'] as const;
export type NormKind = (typeof NORMS)[number];

export const NORM_NAMES: Record<NormKind, string> = {
  none: 'no norm',
  batch: 'batch norm',
  layer: 'layer norm',
  instance: 'instance norm',
  group: 'group norm',
  rms: 'RMS norm',
};

export const CHANNELS_PER_GROUP = 4;

/** The norm of one data point's shape, [channels, ...spatial]; nothing for `none`. */
export function norm(kind: NormKind, shape: readonly number[]): Layer[] {
  const channels = shape[0]!;
  switch (kind) {
    case 'none':
      return [];
    case 'batch':
      return [new Norm(new BatchNorm(channels))];
    case 'layer':
      return [new Norm(new LayerNorm([...shape]))];
    case 'instance':
      return [new Norm(new InstanceNorm(channels, { affine: true }))];
    case 'group':
      return [new Norm(new GroupNorm(channels / CHANNELS_PER_GROUP, channels))];
    case 'rms':
      return [new Norm(new RMSNorm([...shape]))];
  }
}

class Norm implements Layer {
  #norm: NormLayer;
  #y = new Buffer();

  constructor(norm: NormLayer) {
    this.#norm = norm;
  }

  forward(x: Tensor, pass: Pass): Tensor {
    if (pass === 'eval') this.#norm.eval();
    else this.#norm.train();
    return this.#norm.forward(x, {
      out: this.#y.of(x.shape),
      save: pass === 'train' || pass === 'probe',
      track: pass === 'train',
    });
  }

  backward(dy: Tensor): Tensor {
    this.#norm.zeroGrad();
    return this.#norm.backward(dy, { out: { dx: dy } });
  }

  weights(): Weights[] {
    return this.#norm.parameters().map((parameter) => ({
      // Live views: linear memory may grow between two steps.
      get values() {
        return parameter.data;
      },
      get grad() {
        return parameter.grad!.data;
      },
    }));
  }

  dispose(): void {
    this.#norm.dispose();
    this.#y.dispose();
  }
}
