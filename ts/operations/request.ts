// Reads what a caller of a backward asks for: which gradients, where they go, and whether they are added there.

import { checkNames, type NamesOf, type OptionNames } from '../arguments.js';
import { describe, typeError, valueError } from '../errors.js';
import type { BackwardOptions, Needs } from './types.js';

// Bits of `needs` and `accumulate`; those of `accumulate` are the kernels' own.
export const DX = 1;
export const DWEIGHT = 2;
export const DBIAS = 4;

/** A caller's `needs`, `out` and `accumulate`, each property read once; what is in `out` is not checked yet. */
export interface Request {
  readonly needs: number;
  readonly accumulate: number;
  readonly dx: unknown;
  readonly dweight: unknown;
  readonly dbias: unknown;
}

interface PerGradient {
  readonly dx?: unknown;
  readonly dweight?: unknown;
  readonly dbias?: unknown;
}

const NOTHING: PerGradient = Object.freeze({});

/** The names of what a backward is asked by. */
export const REQUEST_OPTIONS: NamesOf<BackwardOptions> = { needs: 1, out: 1, accumulate: 1 };

const EACH: NamesOf<Needs> = { dx: 1, dweight: 1, dbias: 1 };
/** What a layer leaves to its caller: the gradients of its parameters are its own. */
const DX_ALONE: OptionNames = { dx: 1 };

export function readRequest(needs: unknown, out: unknown, accumulate: unknown): Request {
  return read(needs, out, accumulate, EACH);
}

/** The request to a layer, of which only dx can be placed. */
export function readLayerRequest(needs: unknown, out: unknown, accumulate: unknown): Request {
  return read(needs, out, accumulate, DX_ALONE);
}

function read(needs: unknown, out: unknown, accumulate: unknown, placed: OptionNames): Request {
  const { dx, dweight, dbias } = perGradient(out, 'out', placed);
  const needed = readBits(perGradient(needs, 'needs', EACH), 'needs', true);
  if (typeof accumulate === 'boolean') {
    return { needs: needed, accumulate: accumulate ? DX | DWEIGHT | DBIAS : 0, dx, dweight, dbias };
  }
  const added = readBits(perGradient(accumulate, 'accumulate', placed), 'accumulate', false);
  if (added & DX) checkAddend(dx, 'dx');
  if (added & DWEIGHT) checkAddend(dweight, 'dweight');
  if (added & DBIAS) checkAddend(dbias, 'dbias');
  return { needs: needed, accumulate: added, dx, dweight, dbias };
}

/** `accumulate` by name means the very `out`, whatever is needed. */
function checkAddend(out: unknown, key: string): void {
  if (out === undefined || out === null) throw nothingToAddTo(key);
}

export function nothingToAddTo(key: string): RangeError {
  return valueError(`accumulate.${key} needs out.${key}: there is nothing to add to`);
}

function perGradient(value: unknown, name: string, known: OptionNames): PerGradient {
  if (value === undefined || value === null) return NOTHING;
  checkNames(value, name, known);
  return value;
}

function readBits({ dx, dweight, dbias }: PerGradient, name: string, absent: boolean): number {
  return (
    (isSet(dx, name, 'dx', absent) ? DX : 0) |
    (isSet(dweight, name, 'dweight', absent) ? DWEIGHT : 0) |
    (isSet(dbias, name, 'dbias', absent) ? DBIAS : 0)
  );
}

function isSet(value: unknown, name: string, key: string, absent: boolean): boolean {
  if (value === undefined) return absent;
  if (typeof value === 'boolean') return value;
  throw typeError(`${name}.${key} must be a boolean, got ${describe(value)}`);
}
