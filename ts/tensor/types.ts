// The public face of a tensor.

import type { Runtime } from '../runtime/types.js';

/** The element types. Operations take float32; float64 holds saved statistics. */
export type DType = 'float32' | 'float64';

/** The array type that shows a tensor of type `D`, as precise as the user's TypeScript has it. */
export type DataOf<D extends DType> = D extends 'float64'
  ? ReturnType<Float64Array['slice']>
  : ReturnType<Float32Array['slice']>;

/** Numbers in nested arrays, as `toArray` gives and `tensor` takes them. */
export type NestedArray = number | readonly NestedArray[];

/** Any typed array of numbers. */
export interface NumericArray extends ArrayBufferView {
  readonly length: number;
  readonly BYTES_PER_ELEMENT: number;
  readonly [index: number]: number;
}

/** A foreign tensor: a typed array with its shape, as onnxruntime and this library have it. */
export interface ArrayWithShape {
  /** A typed array of numbers. The type says more, for onnxruntime's does: its tensors may hold strings. Those are refused. */
  readonly data: NumericArray | ArrayLike<string> | ArrayLike<bigint>;
  readonly shape?: ArrayLike<number> | undefined;
  readonly dims?: ArrayLike<number> | undefined;
}

/** What `tensor` and `copyFrom` take. */
export type TensorValues = NumericArray | readonly NestedArray[] | ArrayWithShape;

/** A typed array that makes a float32 tensor: any but a Float64Array. */
type Float32Source = NumericArray & {
  readonly [Symbol.toStringTag]: `Float${16 | 32}Array` | `${'Int' | 'Uint'}${8 | 16 | 32}Array` | 'Uint8ClampedArray';
};

/** Values that surely make a float32 tensor. */
export type Float32Values =
  | Float32Source
  | readonly NestedArray[]
  | (ArrayWithShape & { readonly data: Float32Source });

/** Where a new tensor goes, and as what. */
export interface TensorOptions<D extends DType = DType> {
  /** Default: float64 for a Float64Array, else float32. */
  readonly dtype?: D | undefined;
  /** Default: that of the scope, else the default runtime. */
  readonly runtime?: Runtime | undefined;
}

/**
 * A contiguous, row-major array of numbers in linear memory.
 *
 * Whoever made it disposes it: with `using`, by {@link dispose}, or by a `scope`. Tensors that were forgotten are
 * freed some time after the collector found them, where the engine has finalisers; count on nothing there.
 */
export interface Tensor<D extends DType = 'float32'> extends Disposable {
  /** Frozen; `[]` for a single number. At most 64 axes, of which operations take 8. */
  readonly shape: readonly number[];
  /** The number of elements. */
  readonly size: number;
  /** The number of axes. */
  readonly rank: number;
  /** Of what type its elements are. */
  readonly dtype: D;
  /** Whose memory it lies in. */
  readonly runtime: Runtime;
  /** Where the first element lies in linear memory, in bytes; a multiple of 64 for a tensor that is no view. */
  readonly byteOffset: number;
  /**
   * The elements, live and without a copy: writing here writes the tensor.
   *
   * Good until the next call that allocates: growing memory empties every view, without an exception. So take it
   * anew each time (`y.data[0]`), or keep memory from growing (`reserve`, or `initialMemory === maxMemory`). Calls
   * that are given every `out` allocate nothing. While this array itself is reachable (a `subarray` of it does not
   * count), the finaliser leaves its memory alone; `dispose()` frees it at once.
   *
   * Pass {@link toTypedArray} to `postMessage` (which would clone all of linear memory) and to libraries that keep
   * the array they are given. `backward` cannot see writes made through this array.
   */
  readonly data: DataOf<D>;
  /** A copy of the elements that outlives the tensor. */
  toTypedArray(): DataOf<D>;
  /**
   * The elements in nested arrays; a number where the rank is 0.
   * @throws RangeError `'SHAPE'` when, without elements, there would be more than 2^24 empty arrays
   */
  toArray(): NestedArray;
  /**
   * Overwrites all elements, converting to this tensor's type.
   * @throws RangeError when the size (or the shape, where `values` has one) differs; StateError `'STATE'` when a saved
   * state has lent this tensor, or the one it is a view of
   */
  copyFrom(values: TensorValues): this;
  /**
   * A tensor with memory of its own.
   * @throws MemoryError when it finds no room
   */
  clone(): Tensor<D>;
  /**
   * The same memory under another shape of the same size; one axis may be -1 and is inferred.
   * @throws RangeError `'SHAPE'` when the size differs
   */
  reshape(shape: readonly number[]): Tensor<D>;
  /**
   * The part from `start` to before `end` along the first axis, sharing this tensor's memory, which lives until its
   * last owner is disposed. Integers, 0 ≤ start ≤ end ≤ `shape[0]`; `end` defaults to `shape[0]`.
   * @throws RangeError `'VALUE'` for another range; `'SHAPE'` for a tensor without axes
   */
  rows(start: number, end?: number): Tensor<D>;
  /**
   * Lets go of the memory. Twice is once; any other use throws StateError `'DISPOSED'`.
   * @throws StateError `'STATE'` for a tensor that a layer or a saved state owns
   */
  dispose(): void;
  /** Whether this tensor, or its runtime, was disposed. */
  readonly disposed: boolean;
  /** `Tensor float32 [8, 64, 56, 56]` */
  toString(): string;
  /** The same: `JSON.stringify` writes no elements. For those, pass it what {@link toArray} gives. */
  toJSON(): string;
}

/** A tensor of either type. */
export type AnyTensor = Tensor<'float32'> | Tensor<'float64'>;
