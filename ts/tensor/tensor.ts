// The tensor: a shape over a stretch of storage, with the view that users read and write.

import { checkNumber } from '../arguments.js';
import { LAYOUT, layoutOf, OWNED, TENSOR } from '../brand.js';
import { DISPOSE } from '../disposable.js';
import { describe, StateError, shapeError, typeError, valueError, versionError } from '../errors.js';
import type { WasmRuntime } from '../runtime/runtime.js';
import { adopt, forget, type Owned, type Scope, usedAfter } from './scope.js';
import { formatShape, inferShape, sameShape, sizeOf } from './shape.js';
import { Storage } from './storage.js';
import type { DataOf, DType, NestedArray, Tensor } from './types.js';
import { copyValues, isNumericArray, readValues } from './values.js';

/** Whoever lends a tensor; that it is reachable from there keeps it from being taken for forgotten. */
export interface Lender {
  /** What its tensors are, as errors put it: lent by, owned by. */
  readonly lends: string;
}

/** The most empty arrays that anybody can want. */
const ROWS_MAX = 2 ** 24;

export class DenseTensor<D extends DType = DType> implements Tensor<D>, Owned {
  readonly storage: Storage;
  // Private, for kernels go by them: whoever assigns to a tensor's shape, as NumPy lets one, gets a TypeError.
  readonly #byteOffset: number;
  readonly #shape: readonly number[];
  readonly #size: number;
  readonly #dtype: D;
  /** Whose it is when it is not its user's to dispose. */
  lender: Lender | null = null;
  /** A backward will read it as it is; views of it are read-only, too. */
  readOnly = false;
  dead = false;
  scope: Scope | null = null;
  slot = 0;
  #view: DataOf<D> | null = null;

  /** Takes over one ownership of `storage`. Neither counted nor in a scope yet: see `makeTensor`. */
  constructor(storage: Storage, byteOffset: number, shape: readonly number[], size: number, dtype: D) {
    this.storage = storage;
    this.#byteOffset = byteOffset;
    this.#shape = shape;
    this.#size = size;
    this.#dtype = dtype;
  }

  static isOurs(value: object): value is DenseTensor {
    return #view in value;
  }

  [TENSOR](value: object): number | undefined {
    return #view in value ? LAYOUT : undefined;
  }

  [OWNED](value: object): boolean {
    return #view in value;
  }

  get runtime(): WasmRuntime {
    return this.storage.runtime;
  }

  get byteOffset(): number {
    return this.#byteOffset;
  }

  get shape(): readonly number[] {
    return this.#shape;
  }

  get size(): number {
    return this.#size;
  }

  get dtype(): D {
    return this.#dtype;
  }

  get rank(): number {
    return this.shape.length;
  }

  get byteEnd(): number {
    return this.byteOffset + this.size * (this.dtype === 'float32' ? 4 : 8);
  }

  get data(): DataOf<D> {
    const view = this.#view;
    // Growth and disposal of the runtime empty it, disposal of the tensor drops it.
    if (view !== null && view.length !== 0) return view;
    return this.#show();
  }

  #show(): DataOf<D> {
    this.assertUsable('the tensor');
    const { buffer } = this.runtime.kernels.memory;
    // Of no elements it has no length to tell by.
    if (this.#view?.buffer === buffer) return this.#view;
    const View = this.dtype === 'float32' ? Float32Array : Float64Array;
    const view = new View(buffer, this.byteOffset, this.size) as DataOf<D>;
    this.storage.shownIn(view);
    this.#view = view;
    return view;
  }

  get disposed(): boolean {
    return this.dead || !this.runtime.alive;
  }

  assertUsable(name: string): void {
    if (this.dead || !this.runtime.alive) throw usedAfter(this, name);
  }

  /** To be asked before every write of this library. */
  assertWritable(name: string): void {
    if (!this.readOnly) return;
    throw new StateError(`${name} is lent by a saved state, which backward reads: it cannot be written, clone() it`);
  }

  toTypedArray(): DataOf<D> {
    return this.data.slice() as DataOf<D>;
  }

  toArray(): NestedArray {
    const { data, shape } = this;
    // Without elements the arrays around them may be of any number.
    const rows = this.size === 0 ? sizeOf(shape.slice(0, shape.indexOf(0))) : 0;
    if (rows > ROWS_MAX) throw shapeError(`toArray of shape ${formatShape(shape)} would make ${rows} empty arrays`);
    let at = 0;
    return nest(0);

    function nest(axis: number): NestedArray {
      if (axis === shape.length) return data[at++] as number;
      return Array.from({ length: shape[axis] as number }, () => nest(axis + 1));
    }
  }

  copyFrom(values: unknown): this {
    const source = readValues(values, 'values');
    this.assertUsable('the tensor');
    this.assertWritable('the tensor');
    const { size, shape } = source;
    if (size !== this.size || (shape !== null && !sameShape(shape, this.shape))) {
      const got = shape === null ? `${size} elements` : formatShape(shape);
      throw shapeError(`values expected shape ${formatShape(this.shape)} (${this.size} elements), got ${got}`);
    }
    copyValues(source, this.data, this.runtime);
    this.noteWrite();
    return this;
  }

  clone(): Tensor<D> {
    this.assertUsable('the tensor');
    const copy = makeTensor(this.runtime, this.shape, this.size, this.dtype);
    copy.data.set(this.data);
    return copy;
  }

  reshape(shape: readonly number[]): Tensor<D> {
    const inferred = inferShape(shape, this.size);
    this.assertUsable('the tensor');
    return this.#share(this.byteOffset, inferred, this.size);
  }

  rows(start: number, end?: number): Tensor<D> {
    const count = this.shape[0];
    if (count === undefined) throw shapeError('rows needs a tensor with at least one axis, got shape []');
    const first = checkIndex('start', start, count);
    const last = checkIndex('end', end === undefined ? count : end, count);
    if (first > last) throw valueError(`start must not be larger than end, got ${first} and ${last}`);
    this.assertUsable('the tensor');
    const bytesPerRow = count === 0 ? 0 : (this.byteEnd - this.byteOffset) / count;
    const shape = Object.freeze([last - first, ...this.shape.slice(1)]);
    return this.#share(this.byteOffset + first * bytesPerRow, shape, sizeOf(shape));
  }

  #share(byteOffset: number, shape: readonly number[], size: number): Tensor<D> {
    this.storage.retain();
    const view = new DenseTensor(this.storage, byteOffset, shape, size, this.dtype);
    view.readOnly = this.readOnly;
    return enrol(view);
  }

  dispose(): void {
    if (this.disposed) return;
    if (this.lender !== null) {
      throw new StateError(`this tensor is ${this.lender.lends}, and not yours to dispose: dispose that instead`);
    }
    this.end();
  }

  /** What `dispose` does, for whoever it was lent by. */
  end(): void {
    if (this.dead) return;
    this.dead = true;
    this.#view = null;
    forget(this);
    if (!this.runtime.alive) return;
    this.storage.countTensor(-1);
    this.storage.release();
  }

  /** Makes a lent tensor, which owns no storage, unusable. */
  expire(): void {
    this.dead = true;
    this.#view = null;
  }

  settle(): void {
    this.storage.protect();
  }

  /** To be called after every write of this library, and before none. */
  noteWrite(): void {
    this.storage.noteWrite(this.byteOffset, this.byteEnd);
  }

  [DISPOSE](): void {
    this.dispose();
  }

  toString(): string {
    return `Tensor ${this.dtype} ${formatShape(this.shape)}${this.disposed ? ' (disposed)' : ''}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

function checkIndex(name: string, value: unknown, count: number): number {
  const index = checkNumber(value, name);
  if (!Number.isInteger(index) || index < 0 || index > count) {
    throw valueError(`${name} must be an integer from 0 to ${count}, got ${index}`);
  }
  return index + 0;
}

/** Counts `tensor` and gives it to the scope around the call. */
export function enrol<T extends DenseTensor>(tensor: T): T {
  tensor.storage.countTensor(1);
  adopt(tensor);
  return tensor;
}

/** A new tensor with arbitrary contents; `shape` must be frozen, and `size` its product. Throws MemoryError. */
export function makeTensor<D extends DType>(
  runtime: WasmRuntime,
  shape: readonly number[],
  size: number,
  dtype: D,
): DenseTensor<D> {
  const storage = new Storage(runtime, size * (dtype === 'float32' ? 4 : 8));
  return enrol(new DenseTensor(storage, storage.start, shape, size, dtype));
}

/** A tensor that shows memory somebody else owns and lends, to be read. */
export function lendTensor<D extends DType>(
  storage: Storage,
  byteOffset: number,
  shape: readonly number[],
  dtype: D,
  lender: Lender,
): DenseTensor<D> {
  const tensor = new DenseTensor(storage, byteOffset, shape, sizeOf(shape), dtype);
  tensor.lender = lender;
  tensor.readOnly = true;
  return tensor;
}

/** The tensor behind a value that a caller passed as one; it may have been disposed. */
export function asTensor(value: unknown, name: string): DenseTensor {
  // Nearly always: to look for the brand, which may be on anything, takes several times as long.
  if (typeof value === 'object' && value !== null && DenseTensor.isOurs(value)) return value;
  const layout = layoutOf(value, TENSOR);
  if (layout === LAYOUT) return value as DenseTensor;
  if (layout === undefined) {
    // The last is another library's tensor.
    const isData = Array.isArray(value) || isNumericArray(value) || 'data' in Object(value);
    const cure = isData ? ': make one with tensor(values, shape)' : '';
    throw typeError(`${name} must be a Tensor, got ${describe(value)}${cure}`);
  }
  throw versionError(name);
}

/** Whether the two share a byte. */
export function overlaps(a: DenseTensor, b: DenseTensor): boolean {
  const first = Math.max(a.byteOffset, b.byteOffset);
  return a.storage === b.storage && first < Math.min(a.byteEnd, b.byteEnd);
}
