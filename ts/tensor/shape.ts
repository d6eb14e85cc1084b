// Shapes as users give them, and as errors print them.

import { describe, shapeError, typeError, valueError } from '../errors.js';

/** The most axes that operations, and nested arrays, may have. */
export const RANK_MAX = 8;

/** A frozen copy of `value`, an array of numbers, each read once. */
export function readShape(value: unknown, name: string): readonly number[] {
  if (typeof value !== 'object' || value === null || typeof (value as { length?: unknown }).length !== 'number') {
    throw notShape(value, name);
  }
  const shape: number[] = [];
  for (const extent of Array.from(value as ArrayLike<unknown>)) shape.push(checkExtent(extent, name));
  return Object.freeze(shape);
}

function notShape(value: unknown, name: string): TypeError {
  const cure = typeof value === 'number' ? `: pass [${value}]` : '';
  return typeError(`${name} must be an array of numbers, got ${describe(value)}${cure}`);
}

function checkExtent(value: unknown, name: string): number {
  if (typeof value !== 'number') throw typeError(`${name} must hold numbers, got ${describe(value)}`);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw valueError(`${name} must hold integers ≥ 0, got ${value}`);
  }
  return value;
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
  if (typeof value !== 'object' || value === null) {
    throw notShape(value, 'shape');
  }
  const copy = Array.from(value as ArrayLike<unknown>);
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
