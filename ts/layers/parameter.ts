// A layer's own tensors: no scope frees them, and their user cannot.

import type { WasmRuntime } from '../runtime/runtime.js';
import { sizeOf } from '../tensor/shape.js';
import { Storage } from '../tensor/storage.js';
import { DenseTensor, type Lender } from '../tensor/tensor.js';
import type { Parameter } from './types.js';

const OWNER: Lender = { lends: 'owned by its layer' };

export class LayerTensor extends DenseTensor<'float32'> implements Parameter {
  readonly name: string;
  // Private: what takes its place would be lost, and null with memory that nobody frees.
  #grad: DenseTensor<'float32'> | null = null;

  constructor(runtime: WasmRuntime, name: string, shape: readonly number[], size: number, value: number) {
    const storage = new Storage(runtime, size * 4);
    super(storage, storage.start, shape, size, 'float32');
    this.name = name;
    this.lender = OWNER;
    storage.countTensor(1);
    storage.protect();
    this.data.fill(value);
  }

  get grad(): DenseTensor<'float32'> | null {
    return this.#grad;
  }

  /** Makes a gradient that was computed for this parameter its own. */
  takeGradient(grad: DenseTensor<'float32'>): void {
    grad.lender = OWNER;
    this.#grad = grad;
  }

  override end(): void {
    this.#grad?.end();
    this.#grad = null;
    super.end();
  }
}

/** What stands for a layer's tensor while a first call is checked: of its shape, which is all that checks look at. */
export function standIn(runtime: WasmRuntime, shape: readonly number[]): DenseTensor {
  const storage = new Storage(runtime, 0);
  const tensor = new DenseTensor(storage, storage.start, shape, sizeOf(shape), 'float32');
  tensor.lender = OWNER;
  return tensor;
}
