// Every error the library throws is made here, so that each carries a stable `code` and says what was expected.

import { layoutOf, OWNED, RUNTIME, SAVED, TENSOR } from './brand.js';

/** The stable codes that every error of the library has; they do not change when a message does. */
export type NormErrorCode = 'TYPE' | 'VALUE' | 'SHAPE' | 'RUNTIME' | 'MEMORY' | 'STATE' | 'DISPOSED' | 'UNSUPPORTED';

// Registered, because two copies of the package may meet in one program: `instanceof` would tell them apart.
const BRAND = Symbol.for('normlayers.error');

function stamp<E extends Error, C extends NormErrorCode>(error: E, code: C): E & { readonly code: C } {
  Object.defineProperty(error, BRAND, { value: true });
  // Enumerable, as Node's own `code` is: it is then printed with the stack.
  Object.defineProperty(error, 'code', { value: code, enumerable: true, configurable: true });
  return error as E & { readonly code: C };
}

function nameClass(errorClass: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: name, writable: true, configurable: true });
}

/** Linear memory is exhausted, or `maxMemory` is reached. Nothing was changed; `code` is `'MEMORY'`. */
export class MemoryError extends Error {
  declare readonly code: 'MEMORY';
  static {
    nameClass(MemoryError, 'MemoryError');
  }
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    stamp(this, 'MEMORY');
  }
}

/** A call that does not fit what happened before: use after dispose (`'DISPOSED'`), backward without forward (`'STATE'`). */
export class StateError extends Error {
  declare readonly code: 'STATE' | 'DISPOSED';
  static {
    nameClass(StateError, 'StateError');
  }
  constructor(message: string, code: 'STATE' | 'DISPOSED' = 'STATE') {
    super(message);
    stamp(this, code);
  }
}

/**
 * This place cannot run the library: no WebAssembly, no SIMD, a content security policy without
 * `'wasm-unsafe-eval'`, or no module at hand. The message tells the cure, `cause` the engine's own error.
 */
export class UnsupportedError extends Error {
  declare readonly code: 'UNSUPPORTED';
  declare readonly cause?: unknown;
  static {
    nameClass(UnsupportedError, 'UnsupportedError');
  }
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    stamp(this, 'UNSUPPORTED');
  }
}

/** Any error thrown by the library; tell it from others by {@link isNormError}. */
export type NormError = (TypeError | RangeError | MemoryError | StateError | UnsupportedError) & {
  readonly code: NormErrorCode;
};

/**
 * Whether `error` was thrown by normlayers (any copy of it), with `code` where one is given.
 *
 * @example
 * try { norm.backward(dy); } catch (error) { if (!isNormError(error, 'STATE')) throw error; }
 */
export function isNormError<C extends NormErrorCode = NormErrorCode>(
  error: unknown,
  code?: C,
): error is NormError & { readonly code: C } {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
  return code === undefined || (error as { code?: unknown }).code === code;
}

export function typeError(message: string, code: 'TYPE' | 'RUNTIME' = 'TYPE'): TypeError {
  return stamp(new TypeError(message), code);
}

export function valueError(message: string, options?: { readonly cause?: unknown }): RangeError {
  return stamp(new RangeError(message, options), 'VALUE');
}

export function shapeError(message: string): RangeError {
  return stamp(new RangeError(message), 'SHAPE');
}

/** `how` also tells the cure; without it, it was its user who disposed it. */
export function disposedError(
  name: string,
  how = ': use it before dispose(), or the end of its using block',
): StateError {
  return new StateError(`${name} was disposed${how}`, 'DISPOSED');
}

/** For what another copy of the package made, with internals that this one does not know. */
export function versionError(name: string): TypeError {
  return typeError(`${name} is of another, incompatible version of normlayers: install one version`, 'RUNTIME');
}

/** What a wrong argument is, in the few words an error message has room for. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return value.length > 40 ? `'${value.slice(0, 40)}…'` : `'${value}'`;
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    default:
      break;
  }
  if (TENSOR in (value as object)) return layoutOf(value, TENSOR) === undefined ? 'a proxy of a Tensor' : 'a Tensor';
  if (layoutOf(value, SAVED) !== undefined) return 'a saved state';
  if (OWNED in (value as object)) return RUNTIME in (value as object) ? 'a runtime' : 'a layer';
  if (Array.isArray(value)) return 'an array';
  // A Map, a Float32Array
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  if (kind === 'Object') return 'an object';
  return kind === 'Promise' ? 'a Promise (await it)' : `${/^[AEIO]/.test(kind) ? 'an' : 'a'} ${kind}`;
}
