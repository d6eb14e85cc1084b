// The checks that operations share. Nothing here allocates, writes or calls back into a caller's code.

import { checkNumber } from '../arguments.js';
import { shapeError, typeError, valueError } from '../errors.js';
import { formatShape, sameShape } from '../tensor/shape.js';
import { asTensor, type DenseTensor, overlaps } from '../tensor/tensor.js';
import type { Call, Float32Tensor } from './call.js';
import { channelsOf, type Geometry } from './geometry.js';

/** A tensor that can be computed with: float32, and alive. */
export function checkFloat32(value: unknown, name: string): Float32Tensor {
  const tensor = asTensor(value, name);
  tensor.assertUsable(name);
  if (tensor.dtype === 'float32') return tensor as Float32Tensor;
  throw typeError(
    `${name} must be float32, got ${tensor.dtype}: operations take float32 alone for now, so make it with ` +
      "{ dtype: 'float32' }",
  );
}

/** Another tensor of a call whose first is `x`. */
export function checkBeside(value: unknown, name: string, x: DenseTensor): Float32Tensor {
  const tensor = checkFloat32(value, name);
  checkRuntimeOf(tensor, name, x);
  return tensor;
}

export function checkRuntimeOf(tensor: DenseTensor, name: string, x: DenseTensor): void {
  if (tensor.runtime === x.runtime) return;
  // Nobody can make a layer's own elsewhere.
  const [one, other] = tensor.lender === null ? [name, 'x'] : ['x', name];
  throw typeError(`${name} and x are in different runtimes: make ${one} with { runtime: ${other}.runtime }`, 'RUNTIME');
}

/** A tensor of a call that is written. */
export function checkTarget(value: unknown, name: string, x: DenseTensor): Float32Tensor {
  // What is lent says so, whatever its type: that is the trouble, not the type.
  asTensor(value, name).assertWritable(name);
  return checkBeside(value, name, x);
}

/** A tensor with the shape of `x`. */
export function checkLike(value: unknown, name: string, x: DenseTensor): Float32Tensor {
  const tensor = checkBeside(value, name, x);
  checkShape(tensor, name, x.shape);
  return tensor;
}

export function checkShape(tensor: DenseTensor, name: string, shape: readonly number[]): void {
  if (sameShape(tensor.shape, shape)) return;
  throw shapeError(`${name} expected shape ${formatShape(shape)}, got ${formatShape(tensor.shape)}`);
}

/** Checks a count: `numGroups`, `numChannels`, `numFeatures`. */
export function checkCount(value: unknown, name: string): number {
  const count = checkNumber(value, name);
  if (!Number.isInteger(count) || count < 1) throw valueError(`${name} must be a positive integer, got ${count}`);
  return count;
}

export function checkEps(value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  const eps = checkNumber(value, 'eps');
  if (!(eps >= 0 && eps < Number.POSITIVE_INFINITY)) throw valueError(`eps must be a finite number ≥ 0, got ${eps}`);
  return eps;
}

/** A weight or bias over the trailing axes of x. */
export function checkRowParameter(
  value: unknown,
  name: 'weight' | 'bias',
  x: DenseTensor,
  g: Geometry,
): Float32Tensor | null {
  if (value === undefined || value === null) return null;
  const tensor = checkBeside(value, name, x);
  const skipped = x.shape.length - g.parameterAxes;
  let matches = tensor.shape.length === g.parameterAxes;
  for (let i = 0; matches && i < g.parameterAxes; i++) matches = tensor.shape[i] === x.shape[skipped + i];
  if (matches) return tensor;
  throw shapeError(
    `Expected ${name} to be of same shape as normalized_shape, but got ${name} of shape ` +
      `${formatShape(tensor.shape)} and normalized_shape = ${formatShape(x.shape.slice(skipped))}`,
  );
}

/** A parameter or running statistic of batch or instance norm; `torchName` is how PyTorch writes it. */
export function checkChannelParameter(
  value: unknown,
  name: string,
  torchName: string,
  x: DenseTensor,
  g: Geometry,
): Float32Tensor | null {
  if (value === undefined || value === null) return null;
  const tensor = checkBeside(value, name, x);
  const { size } = tensor;
  if (size !== g.c) {
    throw shapeError(`${torchName} should contain ${g.c} elements not ${size}: ${channelsOf(x, g, size)}`);
  }
  if (tensor.shape.length === 1) return tensor;
  throw shapeError(`${name} expected shape [${g.c}], got ${formatShape(tensor.shape)}`);
}

/** A weight or bias of group norm. */
export function checkGroupParameter(
  value: unknown,
  name: 'weight' | 'bias',
  x: DenseTensor,
  g: Geometry,
): Float32Tensor | null {
  if (value === undefined || value === null) return null;
  const tensor = checkBeside(value, name, x);
  if (tensor.shape.length === 1 && tensor.size === g.c) return tensor;
  throw shapeError(
    `Expected ${name} to be a vector of size equal to the number of channels in input, but got ${name} of shape ` +
      `${formatShape(tensor.shape)} and input of shape ${formatShape(x.shape)}: ${channelsOf(x, g, tensor.size)}`,
  );
}

/** The `out` of a forward. With `saves`, x must survive the call. */
export function checkOut(value: unknown, call: Call, saves: boolean): Float32Tensor | null {
  if (value === undefined || value === null) return null;
  const { x, weight, bias, running } = call;
  const out = checkTarget(value, 'out', x);
  checkShape(out, 'out', x.shape);
  if (overlaps(out, x)) {
    if (saves)
      throw valueError('out must not overlap x in a forward that saves: backward needs x as it is, so give another');
    if (out.byteOffset !== x.byteOffset) throw valueError('out must be x itself or not overlap it, got a part of it');
  }
  checkApart(out, 'out', weight, 'weight');
  checkApart(out, 'out', bias, 'bias');
  if (running !== null) {
    checkApart(out, 'out', running.mean, 'runningMean');
    checkApart(out, 'out', running.variance, 'runningVar');
  }
  return out;
}

/** Refuses an output that shares bytes with another tensor of the call. */
export function checkApart(out: DenseTensor, name: string, other: DenseTensor | null, otherName: string): void {
  if (other !== null && overlaps(out, other))
    throw valueError(`${name} must not overlap ${otherName}: give it memory of its own`);
}
