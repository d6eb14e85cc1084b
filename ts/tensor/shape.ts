// Shapes as users give them, and as errors print them.

import { describe, shapeError, typeError, valueError } from '../errors.js';

/** The most axes that operations, and nested arrays, may have. */
export const RANK_MAX = 8;

/** The most axes that any shape may have: an array-like is read to the end it claims. */
const LENGTH_MAX = 64;

/** The length of a list of axes, an array or the like of it, read once. */
export function readLength(value: unknown, name: string, wanted = 'an array of numbers'): number {
  const length = typeof value === 'object' && value !== null ? (value as { length?: unknown }).length : undefined;
  if (typeof length !== 'number') {
    const cure = typeof value === 'number' ? `: pass [${value}]` : '';
    throw typeError(`${name} must be ${wanted}, got ${describe(value)}${cure}`);
  }
  if (Number.isInteger(length) && length >= 0 && length <= LENGTH_MAX) return length;
  throw shapeError(`${name} must have at most ${LENGTH_MAX} axes, got ${length}`);
}

/** A copy of a list of axes, each read once. */
export function readList(value: unknown, name: string, wanted?: string): unknown[] {
  const length = readLength(value, name, wanted);
  const list: unknown[] = [];
  for (let i = 0; i < length; i++) list.push((value as ArrayLike<unknown>)[i]);
  return list;
}

/** A frozen copy of `value`, an array of numbers, each read once. */
export function readShape(value: unknown, name: string): readonly number[] {
  const shape = readList(value, name);
  for (let i = 0; i < shape.length; i++) shape[i] = checkExtent(shape[i], name);
  return Object.freeze(shape as number[]);
}

function checkExtent(value: unknown, name: string): number {
  if (typeof value !== 'number') throw typeError(`${name} must hold numbers, got ${describe(value)}`);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw valueError(`${name} must hold integers ≥ 0, got ${value}`);
  }
  // -0 is one of them, but prints, and compares, as another.
  return value + 0;
}

/** How many elements a tensor of `shape` has; whether there is room for them is the allocator's to say. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i] as number;
  // Extents too many to multiply, and a 0 among them.
  return Number.isNaN(size) ? 0 : size;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** `[8, 64, 56, 56]` */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** `shape` for a tensor of `size` elements, with one -1 in it inferred. */
export function inferShape(value: unknown, size: number): readonly number[] {
  const copy = readList(value, 'shape');
  const open = copy.indexOf(-1);
  if (open !== -1) copy[open] = 1;
  const shape = readShape(copy, 'shape');
  const known = sizeOf(shape);
  if (open === -1) {
    if (known === size) return shape;
    throw shapeError(`shape expected ${size} elements, got ${formatShape(shape)} (${known} elements)`);
  }
  const extent = known === 0 ? 0 : size / known;
  if (!Number.isInteger(extent) || (known === 0 && size !== 0)) {
    throw shapeError(`shape ${formatShape(replaced(shape, open, -1))} cannot hold ${size} elements`);
  }
  return Object.freeze(replaced(shape, open, extent));
}

function replaced(shape: readonly number[], axis: number, extent: number): number[] {
  const copy = shape.slice();
  copy[axis] = extent;
  return copy;
}
