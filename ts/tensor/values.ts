// Reads what users pass as values: typed arrays, nested arrays, and the tensors of other libraries.

import { layoutOf, TENSOR } from '../brand.js';
import { describe, MemoryError, shapeError, typeError, valueError } from '../errors.js';
import type { WasmRuntime } from '../runtime/runtime.js';
import { formatShape, RANK_MAX, readList, readShape, sizeOf } from './shape.js';
import type { NumericArray } from './types.js';

// A property of a typed array may be overridden, and any object may have its name for a tag: what is asked here looks
// into the array itself, of whatever realm.
const TYPED_ARRAY = Object.getPrototypeOf(Int8Array.prototype) as NumericArray;

function getterOf<T>(key: PropertyKey): (array: unknown) => T {
  const get = Object.getOwnPropertyDescriptor(TYPED_ARRAY, key)?.get as () => T;
  return (array) => Reflect.apply(get, array, []) as T;
}

/** The name of the class of a typed array; undefined for anything else. */
export const typeOf = getterOf<string | undefined>(Symbol.toStringTag);
export const lengthOf = getterOf<number>('length');
const byteOffsetOf = getterOf<number>('byteOffset');

/** Values that were checked, and where they lie: growing memory empties a view of it before it was copied. */
export interface Source {
  readonly data: NumericArray;
  /** Null where only the number of elements is known. */
  readonly shape: readonly number[] | null;
  readonly size: number;
  readonly byteOffset: number;
}

/** Whether `value` is a typed array of numbers: none of bigints. */
export function isNumericArray(value: unknown): value is NumericArray {
  return /^[FIU]/.test(typeOf(value) ?? '');
}

export function isFloat64Array(value: unknown): boolean {
  return typeOf(value) === 'Float64Array';
}

/** Reads `values`, each property once; `name` is what errors call it. */
export function readValues(values: unknown, name: string): Source {
  if (isNumericArray(values)) return locate(values, null, name);
  if (Array.isArray(values)) return flatten(values, name);
  if (typeof values === 'object' && values !== null && 'data' in values) return readForeign(values, name);
  throw typeError(
    `${name} must be a typed array of numbers, nested arrays, or { data, shape }, got ${describe(values)}`,
  );
}

function locate(data: NumericArray, shape: readonly number[] | null, name: string): Source {
  const size = lengthOf(data);
  // It may be empty because its memory is gone.
  if (size === 0) checkAttached(data, name);
  return { data, shape, size, byteOffset: byteOffsetOf(data) };
}

function checkAttached(data: NumericArray, name: string): void {
  try {
    Float32Array.prototype.keys.call(data);
  } catch {
    throw typeError(
      `${name} shows memory that is gone: its buffer was transferred or resized, or (a tensor's .data) memory grew`,
    );
  }
}

/** Copies `source` to `target`, a view made after the last allocation in `runtime`. */
export function copyValues({ data, size, byteOffset }: Source, target: NumericArray, runtime: WasmRuntime): void {
  let values = data;
  if (lengthOf(data) !== size) {
    // It lies in the memory of `runtime`, and growth has emptied it.
    const View = globalThis[typeOf(data) as 'Float32Array'];
    values = new View(runtime.kernels.memory.buffer, byteOffset, size);
  }
  (target as Float32Array).set(values as ArrayLike<number>);
}

function flatten(values: readonly unknown[], name: string): Source {
  const shape: number[] = [];
  for (let at: unknown = values; Array.isArray(at); at = at[0]) {
    // An array that holds itself has no end.
    if (shape.length === RANK_MAX) throw shapeError(`${name} must be nested at most ${RANK_MAX} deep`);
    shape.push(at.length);
  }
  const flat = makeDoubles(sizeOf(shape), name);
  const filled = fill(values, 0);
  if (filled !== flat.length) throw ragged(name, shape);
  // A plain row of numbers is as good as a typed array: it has no shape of its own to insist on.
  return locate(flat, shape.length === 1 ? null : Object.freeze(shape), name);

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

/** Lengths cost nothing: a sparse array may claim more elements than there can be. */
function makeDoubles(size: number, name: string): Float64Array {
  try {
    return new Float64Array(size);
  } catch (cause) {
    throw new MemoryError(`${name} has ${size} elements, for which there is no room`, { cause });
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
  // Of a proxy or an heir of a tensor the properties are there, but not what is behind them.
  if (TENSOR in values) {
    if (layoutOf(values, TENSOR) === undefined)
      throw typeError(`${name} is ${describe(values)}: pass the tensor itself`);
    (values as { assertUsable?(name: string): void }).assertUsable?.(name);
  }
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
  const source = locate(data, shape, `${name}.data`);
  if (sizeOf(shape) === source.size) return source;
  throw shapeError(`${name}.shape ${formatShape(shape)} needs ${sizeOf(shape)} elements, data has ${source.size}`);
}

function checkContiguous(shape: readonly number[], strides: unknown, offset: unknown, name: string): void {
  if (offset !== undefined && offset !== 0) {
    throw valueError(`${name}.offset must be 0, got ${describe(offset)}: pass a contiguous copy`);
  }
  if (strides === undefined || strides === null) return;
  const given = readList(strides, `${name}.strides`);
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number;
    if (given[axis] !== expected && extent > 1) {
      throw valueError(
        `${name} must be contiguous, got strides [${given.map(describe).join(', ')}]: pass a contiguous copy`,
      );
    }
    expected *= extent;
  }
}
