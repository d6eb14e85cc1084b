// Reads what users pass as values: typed arrays, nested arrays, and the tensors of other libraries.

import { describe, shapeError, typeError, valueError } from '../errors.js';
import type { WasmRuntime } from '../runtime/runtime.js';
import { formatShape, RANK_MAX, readShape, sizeOf } from './shape.js';
import type { NumericArray } from './types.js';

const NUMERIC = /^\[object ((Float(16|32|64)|Int(8|16|32)|Uint(8|16|32)|Uint8Clamped)Array)\]$/;

/** Values that were checked, and where they lie: growing memory empties a view of it before it was copied. */
export interface Source {
  readonly data: NumericArray;
  /** Null where only the number of elements is known. */
  readonly shape: readonly number[] | null;
  readonly size: number;
  readonly byteOffset: number;
}

/** Whether `value` is a typed array of numbers; by its tag, since it may come from another realm. */
export function isNumericArray(value: unknown): value is NumericArray {
  return ArrayBuffer.isView(value) && NUMERIC.test(Object.prototype.toString.call(value));
}

export function isFloat64Array(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Float64Array]';
}

/** Reads `values`, each property once; `name` is what errors call it. */
export function readValues(values: unknown, name: string): Source {
  if (isNumericArray(values)) return locate(values, null);
  if (Array.isArray(values)) return flatten(values, name);
  if (typeof values === 'object' && values !== null && 'data' in values) return readForeign(values, name);
  throw typeError(
    `${name} must be a typed array of numbers, nested arrays, or { data, shape }, got ${describe(values)}`,
  );
}

function locate(data: NumericArray, shape: readonly number[] | null): Source {
  return { data, shape, size: data.length, byteOffset: data.byteOffset };
}

/** Copies `source` to `target`, a view made after the last allocation in `runtime`. */
export function copyValues(source: Source, target: Float32Array | Float64Array, runtime: WasmRuntime): void {
  target.set(valuesOf(source, runtime) as ArrayLike<number>);
}

/** The values of `source` as they are after the last allocation in `runtime`. */
function valuesOf({ data, size, byteOffset }: Source, runtime: WasmRuntime): NumericArray {
  if (data.length === size) return data;
  const View = data.constructor as new (buffer: ArrayBuffer, at: number, length: number) => NumericArray;
  return new View(runtime.kernels.memory.buffer, byteOffset, size);
}

/** `source` where no write to a tensor of `runtime` reaches it: a copy, if it lies in that memory. */
export function setApart(source: Source, runtime: WasmRuntime): Source {
  const values = valuesOf(source, runtime);
  return values.buffer === runtime.kernels.memory.buffer
    ? locate(new Float64Array(values as ArrayLike<number>), source.shape)
    : source;
}

function flatten(values: readonly unknown[], name: string): Source {
  const shape: number[] = [];
  for (let at: unknown = values; Array.isArray(at); at = at[0]) {
    // An array that holds itself has no end.
    if (shape.length === RANK_MAX) throw shapeError(`${name} must be nested at most ${RANK_MAX} deep`);
    shape.push(at.length);
  }
  const flat = new Float64Array(sizeOf(shape));
  const filled = fill(values, 0);
  if (filled !== flat.length) throw ragged(name, shape);
  // A plain row of numbers is as good as a typed array: it has no shape of its own to insist on.
  return locate(flat, shape.length === 1 ? null : Object.freeze(shape));

  function fill(row: readonly unknown[], depth: number, from = 0): number {
    let at = from;
    const length = shape[depth] as number;
    if (row.length !== length) throw ragged(name, shape);
    for (let i = 0; i < length; i++) {
      const value = row[i];
      if (depth + 1 < shape.length) {
        if (!Array.isArray(value)) throw ragged(name, shape);
        at = fill(value, depth + 1, at);
      } else {
        if (Array.isArray(value)) throw ragged(name, shape);
        if (typeof value !== 'number') throw typeError(`${name} must hold numbers, got ${describe(value)}`);
        flat[at++] = value;
      }
    }
    return at;
  }
}

function ragged(name: string, shape: readonly number[]): RangeError {
  return shapeError(`${name} must be nested arrays of equal lengths, expected shape ${formatShape(shape)}`);
}

interface Foreign {
  readonly data: unknown;
  readonly shape?: unknown;
  readonly dims?: unknown;
  readonly stride?: unknown;
  readonly strides?: unknown;
  readonly offset?: unknown;
}

function readForeign(values: object, name: string): Source {
  const { data, shape: ownShape, dims, stride, strides, offset } = values as Foreign;
  if (typeof data === 'function') {
    throw typeError(
      `${name}.data is a method, so it is not the numbers: pass what it gives, with the shape, ` +
        'as in tensor(await t.data(), t.shape)',
    );
  }
  if (!isNumericArray(data)) {
    throw typeError(`${name}.data must be a typed array of numbers, got ${describe(data)}`);
  }
  const given = ownShape ?? dims;
  if (given === undefined || given === null) throw typeError(`${name} has data, but neither shape nor dims`);
  const shape = readShape(given, `${name}.shape`);
  checkContiguous(shape, stride ?? strides, offset, name);
  if (sizeOf(shape) !== data.length) {
    throw shapeError(`${name}.shape ${formatShape(shape)} needs ${sizeOf(shape)} elements, data has ${data.length}`);
  }
  return locate(data, shape);
}

function checkContiguous(shape: readonly number[], strides: unknown, offset: unknown, name: string): void {
  if (offset !== undefined && offset !== 0) {
    throw valueError(`${name}.offset must be 0, got ${describe(offset)}: pass a contiguous copy`);
  }
  if (strides === undefined || strides === null) return;
  const given = Array.from(strides as ArrayLike<unknown>);
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number;
    if (given[axis] !== expected && extent > 1) {
      throw valueError(`${name} must be contiguous, got strides [${given.join(', ')}]: pass a contiguous copy`);
    }
    expected *= extent;
  }
}
