// Reads what a caller of a backward asks for: which gradients, where they go, and whether they are added there.

import { describe, typeError } from '../errors.js';

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

const NOTHING: PerGradient = Object.freeze({});

interface PerGradient {
  readonly dx?: unknown;
  readonly dweight?: unknown;
  readonly dbias?: unknown;
}

export function readRequest(needs: unknown, out: unknown, accumulate: unknown): Request {
  const { dx, dweight, dbias } = perGradient(out, 'out');
  const needed = readBits(needs, 'needs', true);
  const added = typeof accumulate === 'boolean' ? allOrNone(accumulate) : readBits(accumulate, 'accumulate', false);
  return { needs: needed, accumulate: added, dx, dweight, dbias };
}

function allOrNone(all: boolean): number {
  return all ? DX | DWEIGHT | DBIAS : 0;
}

function perGradient(value: unknown, name: string): PerGradient {
  if (value === undefined || value === null) return NOTHING;
  if (typeof value === 'object') return value;
  throw typeError(`${name} must be an object with dx, dweight or dbias, got ${describe(value)}`);
}

function readBits(value: unknown, name: string, absent: boolean): number {
  const { dx, dweight, dbias } = perGradient(value, name);
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
