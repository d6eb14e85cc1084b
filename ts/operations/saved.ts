// What a forward keeps for backward: references to x, weight and bias, and the statistics in memory of its own.

import { LAYOUT, layoutOf, OWNED, SAVED } from '../brand.js';
import { DISPOSE } from '../disposable.js';
import { describe, disposedError, StateError, typeError } from '../errors.js';
import { adopt, forget, type Owned, type Scope } from '../tensor/scope.js';
import { now, type Storage } from '../tensor/storage.js';
import { type DenseTensor, lendTensor } from '../tensor/tensor.js';
import type { Tensor } from '../tensor/types.js';
import { type Call, rstdOffset } from './call.js';
import type { Float32Tensor } from './checks.js';
import type { OperationName, Saved } from './types.js';

const LENDER = 'lent by its saved state';

export class SavedState implements Saved, Owned {
  /** The mean (where there is one) and, `rstdOffset` bytes further on, rstd. */
  statistics: Storage;
  call: Call;
  scope: Scope | null = null;
  slot = 0;
  dead = false;
  /** Holds nothing but the memory of its statistics, for the next forward. */
  idle = false;
  #time = 0;
  #x: Float32Tensor | null = null;
  #weight: Float32Tensor | null = null;
  #bias: Float32Tensor | null = null;
  #mean: DenseTensor<'float64'> | null = null;
  #rstd: DenseTensor<'float64'> | null = null;

  constructor(statistics: Storage, call: Call) {
    this.statistics = statistics;
    this.call = call;
    this.#retain();
    adopt(this);
  }

  /** Remembers another forward instead; `statistics` may be the ones it has. */
  replace(statistics: Storage, call: Call): void {
    this.letGo();
    this.idle = false;
    if (statistics !== this.statistics) this.statistics.release();
    this.statistics = statistics;
    this.call = call;
    this.#retain();
    if (this.scope === null) this.settle();
  }

  #retain(): void {
    const { x, weight, bias } = this.call;
    x.storage.retain();
    x.storage.watch();
    weight?.storage.retain();
    weight?.storage.watch();
    bias?.storage.retain();
    this.#time = now();
  }

  /** Lets x, weight and bias go, but keeps the memory of the statistics for the next forward. */
  letGo(): void {
    if (this.idle) return;
    this.idle = true;
    for (const lent of [this.#x, this.#weight, this.#bias, this.#mean, this.#rstd]) lent?.expire();
    this.#x = this.#weight = this.#bias = this.#mean = this.#rstd = null;
    const { x, weight, bias } = this.call;
    x.storage.unwatch();
    x.storage.release();
    weight?.storage.unwatch();
    weight?.storage.release();
    bias?.storage.release();
  }

  get [SAVED](): number {
    return LAYOUT;
  }

  get [OWNED](): true {
    return true;
  }

  get op(): OperationName {
    return this.call.op;
  }

  get x(): Tensor {
    this.assertUsable();
    this.#x ??= lend(this.call.x);
    return this.#x;
  }

  get weight(): Tensor | null {
    this.assertUsable();
    const { weight } = this.call;
    if (weight !== null) this.#weight ??= lend(weight);
    return this.#weight;
  }

  get bias(): Tensor | null {
    this.assertUsable();
    const { bias } = this.call;
    if (bias !== null) this.#bias ??= lend(bias);
    return this.#bias;
  }

  get mean(): Tensor<'float64'> | null {
    this.assertUsable();
    if (this.call.kernel.hasMean) this.#mean ??= this.#lendStatistics(this.meanAddress);
    return this.#mean;
  }

  get rstd(): Tensor<'float64'> {
    this.assertUsable();
    this.#rstd ??= this.#lendStatistics(this.rstdAddress);
    return this.#rstd;
  }

  #lendStatistics(address: number): DenseTensor<'float64'> {
    const { kernel, geometry, x } = this.call;
    const shape = Object.freeze(kernel.statisticsShape(geometry, x.shape));
    return lendTensor(this.statistics, address, shape, 'float64', LENDER);
  }

  /** 0 for RMS norm, which has none. */
  get meanAddress(): number {
    return this.call.kernel.hasMean ? this.statistics.start : 0;
  }

  get rstdAddress(): number {
    return this.statistics.start + rstdOffset(this.call);
  }

  get disposed(): boolean {
    return this.dead || !this.statistics.runtime.alive;
  }

  assertUsable(): void {
    if (this.disposed) throw disposedError('saved');
  }

  /** Backward reads x and weight: they must hold what forward saw. */
  assertUnwritten(): void {
    const { x, weight } = this.call;
    if (x.storage.writtenSince(this.#time, x.byteOffset, x.byteEnd)) throw written('x');
    if (weight?.storage.writtenSince(this.#time, weight.byteOffset, weight.byteEnd)) throw written('weight');
  }

  settle(): void {
    this.statistics.protect();
  }

  dispose(): void {
    if (this.disposed) return;
    this.dead = true;
    forget(this);
    this.letGo();
    this.statistics.release();
  }

  [DISPOSE](): void {
    this.dispose();
  }
}

function lend(tensor: Float32Tensor): Float32Tensor {
  return lendTensor(tensor.storage, tensor.byteOffset, tensor.shape, 'float32', LENDER);
}

function written(name: string): StateError {
  return new StateError(
    `${name} was written since the forward that saved it (as an out, by copyFrom or by loadStateDict), so its ` +
      `gradients would be wrong: call backward before writing ${name}`,
  );
}

/** The state behind a value that a caller passed as `saved`. */
export function asSaved(value: unknown, name: string): SavedState {
  const layout = layoutOf(value, SAVED);
  if (layout === undefined) throw typeError(`${name} must be a saved state, got ${describe(value)}`);
  if (layout !== LAYOUT) throw typeError(`${name} is of another, incompatible version of normlayers`, 'RUNTIME');
  const saved = value as SavedState;
  saved.assertUsable();
  return saved;
}
