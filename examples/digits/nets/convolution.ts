// A convolution over images [N, C, H, W]: the windows laid out as columns (im2col), then one matrix product an image.
import type { Tensor } from 'normlayers';
import type { Random } from '../random.ts';
import { Buffer, type Layer, type Weights } from './layer.ts';
import { normal } from './linear.ts';
import { matmul } from './matmul.ts';

export interface ConvolutionOptions {
  kernel: number;
  stride: number;
  padding: number;
  gain: number;
  /** Left out where a norm that has its own follows. */
  bias: boolean;
  /** The first layer of a net has no use for the gradient by its input. */
  first?: boolean;
}

export class Convolution implements Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** [outputs, inputs · kernel · kernel] */
  readonly weight: Weights;
  readonly bias: Weights | null;
  #options: ConvolutionOptions;
  #window: number;
  #x: Tensor | null = null;
  #pixels: Int32Array = new Int32Array(0);
  #columns = new Float32Array(0);
  #dcolumns = new Float32Array(0);
  #y = new Buffer();
  #dx = new Buffer();

  constructor(inputs: number, outputs: number, random: Random, options: ConvolutionOptions) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.#options = options;
    this.#window = inputs * options.kernel * options.kernel;
    const size = outputs * this.#window;
    this.weight = {
      values: normal(size, options.gain / Math.sqrt(this.#window), random),
      grad: new Float32Array(size),
    };
    this.bias = options.bias ? { values: new Float32Array(outputs), grad: new Float32Array(outputs) } : null;
  }

  forward(x: Tensor): Tensor {
    const { outputs, bias } = this;
    const [batch, , height, width] = x.shape as [number, number, number, number];
    const [h, w] = [this.#reach(height), this.#reach(width)];
    const positions = h * w;
    const y = this.#y.of([batch, outputs, h, w]);
    this.#x = x;
    const columns = this.#window * positions;
    if (this.#pixels.length !== columns) this.#pixels = this.#tabulate(height, width);
    if (this.#columns.length !== batch * columns) this.#columns = new Float32Array(batch * columns);
    const image = x.size / batch;
    const { data } = y;
    for (let n = 0; n < batch; n += 1) {
      unfold(x.data, n * image, this.#pixels, this.#columns, n * columns);
      matmul(
        outputs,
        positions,
        this.#window,
        { data: this.weight.values, offset: 0, row: this.#window, column: 1 },
        { data: this.#columns, offset: n * columns, row: positions, column: 1 },
        { data, offset: n * outputs * positions, row: positions, column: 1 },
        false,
      );
    }
    if (bias) {
      for (let plane = 0; plane < batch * outputs; plane += 1) {
        const b = bias.values[plane % outputs]!;
        for (let i = plane * positions; i < (plane + 1) * positions; i += 1) data[i]! += b;
      }
    }
    return y;
  }

  backward(dy: Tensor): Tensor {
    const { outputs, weight, bias } = this;
    const x = this.#x!;
    const batch = x.shape[0]!;
    const positions = dy.size / batch / outputs;
    const columns = this.#window * positions;
    // Made before any view is taken: memory may grow for it, and a view from before would be empty then.
    const dx = this.#options.first ? null : this.#dx.of(x.shape);
    const { data } = dy;
    if (bias) {
      bias.grad.fill(0);
      for (let plane = 0; plane < batch * outputs; plane += 1) {
        let sum = 0;
        for (let i = plane * positions; i < (plane + 1) * positions; i += 1) sum += data[i]!;
        bias.grad[plane % outputs]! += sum;
      }
    }
    for (let n = 0; n < batch; n += 1) {
      matmul(
        outputs,
        this.#window,
        positions,
        { data, offset: n * outputs * positions, row: positions, column: 1 },
        { data: this.#columns, offset: n * columns, row: 1, column: positions },
        { data: weight.grad, offset: 0, row: this.#window, column: 1 },
        n > 0,
      );
    }
    if (!dx) return dy;
    const image = x.size / batch;
    dx.data.fill(0);
    if (this.#dcolumns.length !== columns) this.#dcolumns = new Float32Array(columns);
    for (let n = 0; n < batch; n += 1) {
      matmul(
        this.#window,
        positions,
        outputs,
        { data: weight.values, offset: 0, row: 1, column: this.#window },
        { data, offset: n * outputs * positions, row: positions, column: 1 },
        { data: this.#dcolumns, offset: 0, row: positions, column: 1 },
        false,
      );
      fold(this.#dcolumns, this.#pixels, dx.data, n * image);
    }
    return dx;
  }

  weights(): Weights[] {
    return this.bias ? [this.weight, this.bias] : [this.weight];
  }

  dispose(): void {
    this.#y.dispose();
    this.#dx.dispose();
  }

  /** How many windows fit along an axis. */
  #reach(length: number): number {
    const { kernel, stride, padding } = this.#options;
    return Math.floor((length + 2 * padding - kernel) / stride) + 1;
  }

  /** For each element of an image's columns the pixel it holds, or −1 outside the image. */
  #tabulate(height: number, width: number): Int32Array {
    const { kernel, stride, padding } = this.#options;
    const [h, w] = [this.#reach(height), this.#reach(width)];
    const pixels: number[] = [];
    for (let c = 0; c < this.inputs; c += 1) {
      for (let offset = 0; offset < kernel * kernel; offset += 1) {
        for (let position = 0; position < h * w; position += 1) {
          const row = Math.floor(position / w) * stride + Math.floor(offset / kernel) - padding;
          const column = (position % w) * stride + (offset % kernel) - padding;
          const inside = row >= 0 && row < height && column >= 0 && column < width;
          pixels.push(inside ? (c * height + row) * width + column : -1);
        }
      }
    }
    return Int32Array.from(pixels);
  }
}

/** One image → its windows. */
function unfold(x: Float32Array, from: number, pixels: Int32Array, columns: Float32Array, at: number): void {
  for (let i = 0; i < pixels.length; i += 1) {
    const pixel = pixels[i]!;
    columns[at + i] = pixel < 0 ? 0 : x[from + pixel]!;
  }
}

/** The transpose of unfold: gradients of the windows, added up where windows overlap. */
function fold(columns: Float32Array, pixels: Int32Array, dx: Float32Array, from: number): void {
  for (let i = 0; i < pixels.length; i += 1) {
    const pixel = pixels[i]!;
    if (pixel >= 0) dx[from + pixel]! += columns[i]!;
  }
}
