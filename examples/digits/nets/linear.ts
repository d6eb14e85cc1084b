// A linear layer: y = x·Wᵀ + b.
import type { Tensor } from 'normlayers';
import type { Random } from '../random.ts';
import { Buffer, type Layer, type Weights } from './layer.ts';
import { matmul } from './matmul.ts';

export interface LinearOptions {
  /** The deviation of the initial weights, times the square root of the inputs: √2 keeps the scale under ReLU. */
  gain: number;
  /** Left out where a norm that has its own follows. */
  bias: boolean;
  /** The first layer of a net has no use for the gradient by its input. */
  first?: boolean;
}

export class Linear implements Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** [outputs, inputs] */
  readonly weight: Weights;
  readonly bias: Weights | null;
  #first: boolean;
  #x: Tensor | null = null;
  #y = new Buffer();
  #dx = new Buffer();

  constructor(inputs: number, outputs: number, random: Random, { gain, bias, first = false }: LinearOptions) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.weight = {
      values: normal(outputs * inputs, gain / Math.sqrt(inputs), random),
      grad: new Float32Array(outputs * inputs),
    };
    this.bias = bias ? { values: new Float32Array(outputs), grad: new Float32Array(outputs) } : null;
    this.#first = first;
  }

  forward(x: Tensor): Tensor {
    const { inputs, outputs, bias } = this;
    const batch = x.size / inputs;
    const y = this.#y.of([batch, outputs]);
    this.#x = x;
    matmul(
      batch,
      outputs,
      inputs,
      rows(x.data, inputs),
      columns(this.weight.values, inputs),
      rows(y.data, outputs),
      false,
    );
    if (bias) {
      const { data } = y;
      for (let i = 0; i < data.length; i += 1) data[i]! += bias.values[i % outputs]!;
    }
    return y;
  }

  backward(dy: Tensor): Tensor {
    const { inputs, outputs, weight, bias } = this;
    const x = this.#x!;
    const batch = dy.size / outputs;
    matmul(outputs, inputs, batch, columns(dy.data, outputs), rows(x.data, inputs), rows(weight.grad, inputs), false);
    if (bias) {
      const { data } = dy;
      bias.grad.fill(0);
      for (let i = 0; i < data.length; i += 1) bias.grad[i % outputs]! += data[i]!;
    }
    if (this.#first) return dy;
    const dx = this.#dx.of(x.shape);
    matmul(batch, inputs, outputs, rows(dy.data, outputs), rows(weight.values, inputs), rows(dx.data, inputs), false);
    return dx;
  }

  weights(): Weights[] {
    return this.bias ? [this.weight, this.bias] : [this.weight];
  }

  dispose(): void {
    this.#y.dispose();
    this.#dx.dispose();
  }
}

export const normal = (count: number, deviation: number, random: Random) =>
  new Float32Array(count).map(() => deviation * random.normal());

const rows = (data: Float32Array, length: number) => ({ data, offset: 0, row: length, column: 1 });
const columns = (data: Float32Array, length: number) => ({ data, offset: 0, row: 1, column: length });
