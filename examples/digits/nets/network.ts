// A chain of layers with its loss: one forward and backward, and steps along the gradient.
import type { Tensor } from 'normlayers';
import { Buffer, type Layer, type Pass, type Weights } from './layer.ts';
import { crossEntropy, type Loss } from './loss.ts';

export class Network {
  readonly layers: readonly Layer[];
  #dlogits = new Buffer();

  constructor(layers: readonly Layer[]) {
    this.layers = layers;
  }

  /** The logits, [N, classes]. */
  forward(x: Tensor, pass: Pass): Tensor {
    return this.layers.reduce((activation, layer) => layer.forward(activation, pass), x);
  }

  /** The loss on a batch, without gradients. */
  loss(x: Tensor, labels: Uint8Array, pass: 'observe' | 'eval'): Loss {
    return crossEntropy(this.forward(x, pass), labels);
  }

  /** The loss on a batch, and its gradient in every layer's weights. `watch` sees the gradient by each layer's output. */
  gradient(x: Tensor, labels: Uint8Array, pass: 'train' | 'probe', watch?: (layer: Layer, dy: Tensor) => void): Loss {
    const logits = this.forward(x, pass);
    let dy = this.#dlogits.of(logits.shape);
    const loss = crossEntropy(logits, labels, dy);
    for (const layer of this.layers.toReversed()) {
      watch?.(layer, dy);
      dy = layer.backward(dy);
    }
    return loss;
  }

  weights(): Weights[] {
    return this.layers.flatMap((layer) => layer.weights());
  }

  /** Gradient descent, nothing more. */
  step(rate: number): void {
    for (const { values, grad } of this.weights()) {
      for (let i = 0; i < values.length; i += 1) values[i]! -= rate * grad[i]!;
    }
  }

  dispose(): void {
    for (const layer of this.layers) layer.dispose();
    this.#dlogits.dispose();
  }
}
