// The functions that make tensors.

import { checkNumber, checkOptions, checkWord, type NamesOf } from '../arguments.js';
import { shapeError } from '../errors.js';
import { currentRuntime } from '../runtime/default.js';
import { checkRuntime, type WasmRuntime } from '../runtime/runtime.js';
import { formatShape, readShape, sizeOf } from './shape.js';
import { type DenseTensor, makeTensor } from './tensor.js';
import type {
  AnyTensor,
  ArrayWithShape,
  DataOf,
  DType,
  Float32Values,
  Tensor,
  TensorOptions,
  TensorValues,
} from './types.js';
import { copyValues, isFloat64Array, readValues } from './values.js';

/** Options that say the dtype; without one it is float32, whatever a tensor is wanted for. */
type TypedOptions<D extends DType> = TensorOptions<D> & { readonly dtype: D };

const TENSOR_OPTIONS: NamesOf<TensorOptions> = { dtype: 1, runtime: 1 };
const DTYPES = ['float32', 'float64'] as const;

/** Checks a `dtype` option; undefined stays undefined. */
export function checkDType(value: unknown): DType | undefined {
  return checkWord(value, 'dtype', DTYPES);
}

function resolveRuntime(runtime: unknown): WasmRuntime {
  return runtime === undefined ? currentRuntime() : checkRuntime(runtime);
}

/**
 * A tensor with a copy of `values`: a typed array, nested arrays of numbers, or `{ data, shape }` (`dims` for short)
 * with a typed array in it, as onnxruntime's tensors are. A Float64Array makes it float64, anything else float32.
 *
 * @param values numbers in row-major order
 * @param shape by default that of `values`; for a typed array, its length
 * @param options `dtype`, and the `runtime` whose memory it takes
 *
 * @example
 * using x = tensor(pixels, [8, 64, 56, 56]);
 * using w = tensor([[1, 2], [3, 4]]);
 *
 * @throws TypeError for values of another kind; RangeError `'SHAPE'` when the shape needs another number of them;
 * MemoryError when they find no room
 */
export function tensor<D extends DType>(
  values: TensorValues,
  shape: readonly number[] | undefined,
  options: TypedOptions<D>,
): Tensor<D>;
// Before those of float64, which `any`, as JSON.parse gives it, would be taken for.
export function tensor(values: Float32Values, shape?: readonly number[], options?: TensorOptions<never>): Tensor;
export function tensor(
  values: DataOf<'float64'> | (ArrayWithShape & { readonly data: DataOf<'float64'> }),
  shape?: readonly number[],
  options?: TensorOptions<never>,
): Tensor<'float64'>;
export function tensor(values: TensorValues, shape?: readonly number[], options?: TensorOptions<never>): Tensor;
export function tensor(values: unknown, shape?: unknown, options?: TensorOptions): Tensor | Tensor<'float64'> {
  // Before the options: extents that are not in an array would be blamed on them.
  const wanted = shape === undefined || shape === null ? null : readShape(shape, 'shape');
  const { dtype, runtime } = checkOptions(options, TENSOR_OPTIONS);
  const type = checkDType(dtype);
  const source = readValues(values, 'values');
  if (wanted !== null && sizeOf(wanted) !== source.size) {
    throw shapeError(`shape ${formatShape(wanted)} needs ${sizeOf(wanted)} elements, values has ${source.size}`);
  }
  const where = resolveRuntime(runtime);
  const found = wanted ?? source.shape ?? Object.freeze([source.size]);
  // Nested arrays arrive here as a Float64Array too, but they are not one.
  const isDouble = !Array.isArray(values) && isFloat64Array(source.data);
  const made = makeTensor(where, found, source.size, type ?? (isDouble ? 'float64' : 'float32'));
  copyValues(source, made.data, where);
  return made as Tensor | Tensor<'float64'>;
}

function filled(shape: unknown, value: number | null, options?: TensorOptions): AnyTensor {
  const wanted = readShape(shape, 'shape');
  const { dtype, runtime } = checkOptions(options, TENSOR_OPTIONS);
  const type = checkDType(dtype) ?? 'float32';
  const size = sizeOf(wanted);
  const made: DenseTensor = makeTensor(resolveRuntime(runtime), wanted, size, type);
  if (value !== null) made.data.fill(value);
  return made as AnyTensor;
}

/**
 * A tensor of zeros; float32 unless `dtype` says otherwise.
 *
 * @param shape integers ≥ 0; `[]` is a single number
 * @throws TypeError or RangeError `'VALUE'` for a bad shape; MemoryError when it finds no room
 */
export function zeros<D extends DType>(shape: readonly number[], options: TypedOptions<D>): Tensor<D>;
export function zeros(shape: readonly number[], options?: TensorOptions<never>): Tensor;
export function zeros(shape: readonly number[], options?: TensorOptions): AnyTensor {
  return filled(shape, 0, options);
}

/**
 * A tensor of ones; float32 unless `dtype` says otherwise.
 *
 * @param shape integers ≥ 0; `[]` is a single number
 * @throws as {@link zeros}
 */
export function ones<D extends DType>(shape: readonly number[], options: TypedOptions<D>): Tensor<D>;
export function ones(shape: readonly number[], options?: TensorOptions<never>): Tensor;
export function ones(shape: readonly number[], options?: TensorOptions): AnyTensor {
  return filled(shape, 1, options);
}

/**
 * A tensor whose elements are all `value`; float32 unless `dtype` says otherwise.
 *
 * @param shape integers ≥ 0; `[]` is a single number
 * @throws as {@link zeros}
 */
export function full<D extends DType>(shape: readonly number[], value: number, options: TypedOptions<D>): Tensor<D>;
export function full(shape: readonly number[], value: number, options?: TensorOptions<never>): Tensor;
export function full(shape: readonly number[], value: number, options?: TensorOptions): AnyTensor {
  return filled(shape, checkNumber(value, 'value'), options);
}

/**
 * A tensor with arbitrary contents, for those who overwrite it anyway; float32 unless `dtype` says otherwise.
 *
 * @param shape integers ≥ 0; `[]` is a single number
 * @throws as {@link zeros}
 */
export function empty<D extends DType>(shape: readonly number[], options: TypedOptions<D>): Tensor<D>;
export function empty(shape: readonly number[], options?: TensorOptions<never>): Tensor;
export function empty(shape: readonly number[], options?: TensorOptions): AnyTensor {
  return filled(shape, null, options);
}
