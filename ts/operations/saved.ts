// What a forward keeps for backward: references to x, weight and bias, and the statistics in memory of its own.

import { LAYOUT, layoutOf, OWNED, SAVED } from '../brand.js';
import { DISPOSE } from '../disposable.js';
import { describe, StateError, typeError, versionError } from '../errors.js';
import { endWith } from '../tensor/finaliser.js';
import { adopt, forget, type Owned, type Scope, usedAfter } from '../tensor/scope.js';
import { formatShape } from '../tensor/shape.js';
import type { Storage } from '../tensor/storage.js';
import { type DenseTensor, type Lender, lendTensor } from '../tensor/tensor.js';
import type { Tensor } from '../tensor/types.js';
import { type Call, type Float32Tensor, rstdOffset } from './call.js';
import { Holding, Inputs } from './holding.js';
import type { OperationName, Saved } from './types.js';

export class SavedState implements Saved, Owned, Lender {
  readonly lends = 'lent by its saved state';
  call: Call;
  /** The layer whose forward this is; null for a function's. */
  layer: object | null = null;
  scope: Scope | null = null;
  slot = 0;
  dead = false;
  readonly #holding: Holding;
  #x: Float32Tensor | null = null;
  #weight: Float32Tensor | null = null;
  #bias: Float32Tensor | null = null;
  #mean: DenseTensor<'float64'> | null = null;
  #rstd: DenseTensor<'float64'> | null = null;

  constructor(statistics: Storage, call: Call) {
    this.call = call;
    this.#holding = new Holding(statistics, call);
    adopt(this);
  }

  get statistics(): Storage {
    return this.#holding.statistics;
  }

  /** Remembers another forward instead; `statistics` may be the ones it has. */
  replace(statistics: Storage, call: Call): void {
    const holding = this.#holding;
    // The new inputs may be the old ones, and this their last owner.
    const inputs = new Inputs(call);
    this.letGo();
    holding.inputs = inputs;
    if (statistics !== holding.statistics) holding.statistics.release();
    holding.statistics = statistics;
    this.call = call;
    this.layer = null;
  }

  /** Lets x, weight and bias go, but keeps the memory of the statistics for the next forward. */
  letGo(): void {
    this.#x?.expire();
    this.#weight?.expire();
    this.#bias?.expire();
    this.#mean?.expire();
    this.#rstd?.expire();
    this.#x = this.#weight = this.#bias = this.#mean = this.#rstd = null;
    this.#holding.inputs?.release();
    this.#holding.inputs = null;
  }

  [SAVED](value: object): number | undefined {
    return #holding in value ? LAYOUT : undefined;
  }

  [OWNED](value: object): boolean {
    return #holding in value;
  }

  get op(): OperationName {
    return this.call.op;
  }

  get x(): Tensor {
    this.assertUsable();
    this.#x ??= this.#lend(this.call.x);
    return this.#x;
  }

  get weight(): Tensor | null {
    this.assertUsable();
    const { weight } = this.call;
    if (weight !== null) this.#weight ??= this.#lend(weight);
    return this.#weight;
  }

  get bias(): Tensor | null {
    this.assertUsable();
    const { bias } = this.call;
    if (bias !== null) this.#bias ??= this.#lend(bias);
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

  #lend(tensor: Float32Tensor): Float32Tensor {
    return lendTensor(tensor.storage, tensor.byteOffset, tensor.shape, 'float32', this);
  }

  #lendStatistics(address: number): DenseTensor<'float64'> {
    const { kernel, geometry, x } = this.call;
    const shape = Object.freeze(kernel.statisticsShape(geometry, x.shape));
    return lendTensor(this.statistics, address, shape, 'float64', this);
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

  assertUsable(name = 'saved'): void {
    if (this.disposed) throw usedAfter(this, name);
  }

  /** Backward reads x and weight: they must hold what forward saw. */
  assertUnwritten(): void {
    const name = this.#holding.inputs?.written;
    if (!name) return;
    throw new StateError(
      `${name} was written since the forward that saved it (as an out, by copyFrom or by loadStateDict), so its ` +
        `gradients would be wrong: call backward before writing ${name}`,
    );
  }

  settle(): void {
    endWith(this, this.#holding);
  }

  dispose(): void {
    if (this.disposed) return;
    this.dead = true;
    forget(this);
    this.letGo();
    this.#holding.release();
  }

  [DISPOSE](): void {
    this.dispose();
  }

  toString(): string {
    return `Saved ${this.op} ${formatShape(this.call.x.shape)}${this.disposed ? ' (disposed)' : ''}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** The state behind a value that a caller passed as `saved`. */
export function asSaved(value: unknown, name: string): SavedState {
  const layout = layoutOf(value, SAVED);
  if (layout === undefined)
    throw typeError(`${name} must be the .saved of a forward or record, got ${describe(value)}`);
  if (layout !== LAYOUT) throw versionError(name);
  const saved = value as SavedState;
  saved.assertUsable(name);
  return saved;
}
