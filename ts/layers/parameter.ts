// A layer's own tensors: no scope frees them, and their user cannot.

import type { WasmRuntime } from '../runtime/runtime.js';
import { Storage } from '../tensor/storage.js';
import { DenseTensor, type Lender } from '../tensor/tensor.js';
import type { Parameter } from './types.js';

const OWNER: Lender = { lends: 'owned by its layer' };

export class LayerTensor extends DenseTensor<'float32'> implements Parameter {
  readonly name: string;
  grad: DenseTensor<'float32'> | null = null;

  constructor(runtime: WasmRuntime, name: string, shape: readonly number[], size: number, value: number) {
    const storage = new Storage(runtime, size * 4);
    super(storage, storage.start, shape, size, 'float32');
    this.name = name;
    this.lender = OWNER;
    storage.countTensor(1);
    storage.protect();
    this.data.fill(value);
  }

  /** Makes a gradient that was computed for this parameter its own. */
  takeGradient(grad: DenseTensor<'float32'>): void {
    grad.lender = OWNER;
    this.grad = grad;
  }

  override end(): void {
    this.grad?.end();
    this.grad = null;
    super.end();
  }
}
