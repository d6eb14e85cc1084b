// What every layer of the nets is: activations are tensors in linear memory, read and written in place.
import { empty, type Tensor } from 'normlayers';

/**
 * How a forward pass treats statistics and state:
 * `train`   those of the batch, running ones updated, state kept for backward;
 * `probe`   the same, running statistics left alone;
 * `observe` those of the batch, and nothing kept;
 * `eval`    the running ones.
 */
export type Pass = 'train' | 'probe' | 'observe' | 'eval';

/** A trained array and the gradient that the last backward left for it. */
export interface Weights {
  readonly values: Float32Array;
  readonly grad: Float32Array;
}

export interface Layer {
  /** The result is the layer's own and good until its next forward. */
  forward(x: Tensor, pass: Pass): Tensor;
  /** Takes the gradient of the loss by the output and may overwrite it; fills the weights' gradients. */
  backward(dy: Tensor): Tensor;
  weights(): Weights[];
  dispose(): void;
}

/** A tensor that is made once and again only when another shape is asked for. */
export class Buffer {
  #tensor: Tensor | null = null;

  of(shape: readonly number[]): Tensor {
    const same = this.#tensor?.shape.every((length, axis) => length === shape[axis]);
    if (!this.#tensor || !same || this.#tensor.rank !== shape.length) {
      this.#tensor?.dispose();
      this.#tensor = empty([...shape]);
    }
    return this.#tensor;
  }

  dispose(): void {
    this.#tensor?.dispose();
    this.#tensor = null;
  }
}
