// How an input is cut: into rows of what is normalized together, or into samples, channels and space.

import { checkNumber } from '../arguments.js';
import { describe, shapeError, typeError, valueError } from '../errors.js';
import { formatShape, RANK_MAX, readLength, readList } from '../tensor/shape.js';
import type { DenseTensor } from '../tensor/tensor.js';

/** The extents that kernels take. Rows: `n` rows of `c` elements. Channels: [n, c, s], or [n, s, c]. */
export class Geometry {
  readonly n: number;
  readonly c: number;
  readonly s: number;
  readonly groups: number;
  readonly channelsLast: 0 | 1;
  /** How many trailing axes of x the parameters span; 0 where they are indexed by the channel. */
  readonly parameterAxes: number;

  constructor(n: number, c: number, s: number, groups: number, channelsLast: 0 | 1, parameterAxes: number) {
    this.n = n;
    this.c = c;
    this.s = s;
    this.groups = groups;
    this.channelsLast = channelsLast;
    this.parameterAxes = parameterAxes;
  }
}

/** Rows over the trailing axes that `normalizedShape` (a number, or an array) names. */
export function readRows(x: DenseTensor, normalizedShape: unknown): Geometry {
  const { shape } = x;
  const { length: rank } = shape;
  checkRank(shape, 1);
  let axes = 1;
  let matches = true;
  if (typeof normalizedShape === 'number') {
    matches = shape[rank - 1] === normalizedShape && normalizedShape > 0;
  } else {
    const given = normalizedShape as ArrayLike<unknown>;
    axes = readLength(given, 'normalizedShape', NORMALIZED);
    matches = axes >= 1 && axes <= rank;
    for (let i = 0; matches && i < axes; i++) {
      const extent = given[i];
      matches = extent === shape[rank - axes + i] && (extent as number) > 0;
    }
  }
  if (!matches) throw mismatch(shape, normalizedShape);
  let rows = 1;
  let length = 1;
  for (let i = 0; i < rank - axes; i++) rows *= shape[i] as number;
  for (let i = rank - axes; i < rank; i++) length *= shape[i] as number;
  checkLength(shape, length);
  return new Geometry(rows, length, 1, 1, 0, axes);
}

const NORMALIZED = 'a number or an array of numbers';

/** A copy of a `normalizedShape`, checked for itself. */
export function readNormalizedShape(value: unknown): readonly number[] {
  const shape = typeof value === 'number' ? [value] : readList(value, 'normalizedShape', NORMALIZED);
  if (shape.length === 0) {
    throw valueError(
      'Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, ' +
        'but got normalized_shape = []',
    );
  }
  for (const extent of shape) {
    if (typeof extent !== 'number') {
      throw typeError(`normalizedShape must hold numbers, got ${describe(extent)}`);
    }
  }
  const numbers = shape as number[];
  if (!numbers.every((extent) => Number.isInteger(extent) && extent > 0)) {
    throw valueError(`normalizedShape must hold positive integers, got ${formatShape(numbers)}`);
  }
  return Object.freeze(numbers);
}

function mismatch(shape: readonly number[], normalizedShape: unknown): RangeError {
  const wanted = readNormalizedShape(normalizedShape);
  const size = `size${formatShape(shape)}`;
  return shapeError(
    `Given normalized_shape=${formatShape(wanted)}, expected input with shape [*, ${wanted.join(', ')}], ` +
      `but got input of ${size}`,
  );
}

function checkRank(shape: readonly number[], least: number): void {
  if (shape.length >= least && shape.length <= RANK_MAX) return;
  throw shapeError(`x expected ${least} to ${RANK_MAX} axes, got ${shape.length}: shape ${formatShape(shape)}`);
}

/** Checks a `channelAxis` option by itself: 1, -1, or what may be the last axis of x; undefined is 1. */
export function checkChannelAxis(value: unknown): number {
  if (value === undefined) return 1;
  const axis = checkNumber(value, 'channelAxis');
  const isAxis = axis === -1 || (Number.isInteger(axis) && axis >= 1);
  if (!isAxis) throw valueError(`channelAxis must be 1 or -1, got ${axis}`);
  return axis;
}

/** Samples, channels and space, with the channels on `channelAxis`. */
export function readChannels(x: DenseTensor, channelAxis: unknown): Geometry {
  const { shape } = x;
  const { length: rank } = shape;
  const axis = checkChannelAxis(channelAxis);
  checkRank(shape, 2);
  const last = rank - 1;
  if (axis !== 1 && axis !== -1 && axis !== last) {
    throw valueError(`channelAxis must be 1 or -1 (the last axis), got ${axis} for x of shape ${formatShape(shape)}`);
  }
  const channelsLast = axis !== 1 && last !== 1;
  const c = shape[channelsLast ? last : 1] as number;
  let s = 1;
  const first = channelsLast ? 1 : 2;
  for (let i = first; i < first + rank - 2; i++) s *= shape[i] as number;
  if (c === 0) throw shapeError(`x must have at least one channel, got shape ${formatShape(shape)}`);
  if (s === 0) throw shapeError(`x must have at least one spatial element, got shape ${formatShape(shape)}`);
  checkLength(shape, c * s);
  return new Geometry(shape[0] as number, c, s, 1, channelsLast ? 1 : 0, 0);
}

/** What to add to an error about channels: where x has its own, and the cure if another axis has those `wanted`. */
export function channelsOf(x: DenseTensor, g: Geometry, wanted = g.c): string {
  const { shape } = x;
  const axes = [1, shape.length - 1] as const;
  const found = `x of shape ${formatShape(shape)} has ${g.c} channels, on axis ${axes[g.channelsLast]}`;
  if (g.c === wanted || shape[axes[1 - g.channelsLast] as number] !== wanted) return found;
  return `${found} (channels ${g.channelsLast ? 'first: channelAxis: 1' : 'last: channelAxis: -1'})`;
}

/** Kernels count in 32 bits; only an x without any data points may have extents that they cannot hold. */
function checkLength(shape: readonly number[], length: number): void {
  if (length < 2 ** 32) return;
  throw shapeError(`x must have fewer than 2^32 elements along the axes, got shape ${formatShape(shape)}`);
}

/** The same input for statistics that span the batch: channels last, every position is then a sample. */
export function foldSpace(g: Geometry): Geometry {
  return g.channelsLast === 1 ? new Geometry(g.n * g.s, g.c, 1, 1, 0, 0) : g;
}

/** The same input with its channels in `groups`. */
export function splitChannels(g: Geometry, groups: number): Geometry {
  return new Geometry(g.n, g.c, g.s, groups, g.channelsLast, 0);
}
