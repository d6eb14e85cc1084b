// ReLU and tanh, in place: their backward needs nothing but the output, and the layers before them do not need theirs.
import type { Tensor } from 'normlayers';
import type { Layer, Weights } from './layer.ts';

abstract class Activation implements Layer {
  #y: Tensor | null = null;

  protected abstract apply(values: Float32Array): void;
  /** dy *= f′, where f′ is told by the output. */
  protected abstract differentiate(y: Float32Array, dy: Float32Array): void;

  forward(x: Tensor): Tensor {
    this.apply(x.data);
    this.#y = x;
    return x;
  }

  backward(dy: Tensor): Tensor {
    this.differentiate(this.#y!.data, dy.data);
    return dy;
  }

  /** The output of the last forward. */
  get output(): Tensor {
    return this.#y!;
  }

  weights(): Weights[] {
    return [];
  }

  dispose(): void {}
}

export class Relu extends Activation {
  protected override apply(values: Float32Array): void {
    for (let i = 0; i < values.length; i += 1) if (values[i]! < 0) values[i] = 0;
  }

  protected override differentiate(y: Float32Array, dy: Float32Array): void {
    for (let i = 0; i < y.length; i += 1) if (!(y[i]! > 0)) dy[i] = 0;
  }
}

export class Tanh extends Activation {
  protected override apply(values: Float32Array): void {
    for (let i = 0; i < values.length; i += 1) values[i] = Math.tanh(values[i]!);
  }

  protected override differentiate(y: Float32Array, dy: Float32Array): void {
    for (let i = 0; i < y.length; i += 1) dy[i]! *= 1 - y[i]! * y[i]!;
  }
}
