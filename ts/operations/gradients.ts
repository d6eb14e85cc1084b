// The one way from dy to the gradients, for every operation: checks, memory, one kernel call.

import { valueError } from '../errors.js';
import { asTensor, type DenseTensor, makeTensor, overlaps } from '../tensor/tensor.js';
import { addressOf, type Call, type Float32Tensor, rstdOffset, statisticsBytes } from './call.js';
import { checkApart, checkLike, checkRuntimeOf, checkShape, checkTarget } from './checks.js';
import { DBIAS, DWEIGHT, DX, nothingToAddTo, type Request } from './request.js';
import { type GradientsResult, gradientsResult } from './results.js';

/** Statistics that a caller passed for x, of either type. */
export interface GivenStatistics {
  /** Null for RMS norm. */
  readonly mean: DenseTensor | null;
  readonly rstd: DenseTensor;
}

/** Statistics passed for x, shaped as `saved.mean` would be; null when there are none, or constants in their place. */
export function checkStatistics(mean: unknown, rstd: unknown, call: Call): GivenStatistics | null {
  const { kernel, geometry, x } = call;
  const hasRstd = rstd !== undefined && rstd !== null;
  const hasMean = mean !== undefined && mean !== null;
  if (hasMean && !kernel.hasMean) throw valueError('mean must not be given: RMS norm has none');
  if (kernel.hasMean && hasMean !== hasRstd)
    throw valueError('mean and rstd must be given together: both, or neither to have them computed');
  if (!hasRstd) return null;
  const shape = kernel.statisticsShape(geometry, x.shape);
  const given = {
    mean: kernel.hasMean ? checkStatistic(mean, 'mean', x, shape) : null,
    rstd: checkStatistic(rstd, 'rstd', x, shape),
  };
  // What a frozen forward saved is what its running statistics say again.
  return kernel.constant ? null : given;
}

function checkStatistic(value: unknown, name: string, x: DenseTensor, shape: readonly number[]): DenseTensor {
  const tensor = asTensor(value, name);
  tensor.assertUsable(name);
  checkRuntimeOf(tensor, name, x);
  checkShape(tensor, name, shape);
  return tensor;
}

/** Where gradients go: what the caller gave, or null for a tensor to be made. */
interface Outs {
  readonly dx: Float32Tensor | null;
  readonly dweight: Float32Tensor | null;
  readonly dbias: Float32Tensor | null;
}

/**
 * Computes what `request` asks for.
 *
 * @param mean,rstd addresses of float64 statistics; an rstd of 0 has them found from `given`, or as the forward would
 */
export function computeGradients(
  call: Call,
  dy: unknown,
  request: Request,
  mean: number,
  rstd: number,
  given: GivenStatistics | null,
): GradientsResult {
  const { x, weight, bias } = call;
  const upstream = checkLike(dy, 'dy', x);
  const needs =
    (request.needs & DX) |
    (weight === null ? 0 : request.needs & DWEIGHT) |
    (bias === null ? 0 : request.needs & DBIAS);
  const outs = checkOuts(call, upstream, request, needs, given);

  const { runtime } = x;
  let { dx, dweight, dbias } = outs;
  try {
    if (needs & DX) dx ??= makeTensor(runtime, x.shape, x.size, 'float32');
    if (needs & DWEIGHT) dweight ??= makeMatching(weight as Float32Tensor);
    if (needs & DBIAS) dbias ??= makeMatching(bias as Float32Tensor);
    if (needs !== 0) {
      run(call, upstream, mean, rstd, given, dx, dweight, dbias, request.accumulate & needs);
    }
  } catch (error) {
    if (outs.dx === null) dx?.dispose();
    if (outs.dweight === null) dweight?.dispose();
    if (outs.dbias === null) dbias?.dispose();
    throw error;
  }
  outs.dx?.noteWrite();
  outs.dweight?.noteWrite();
  outs.dbias?.noteWrite();
  return gradientsResult(dx, dweight, dbias, needs & ~bitsOf(outs.dx, outs.dweight, outs.dbias));
}

function makeMatching(parameter: Float32Tensor): Float32Tensor {
  return makeTensor(parameter.runtime, parameter.shape, parameter.size, 'float32');
}

function checkOuts(
  call: Call,
  dy: Float32Tensor,
  request: Request,
  needs: number,
  given: GivenStatistics | null,
): Outs {
  const { x, weight, bias } = call;
  const dx = checkGradientOut(request.dx, 'out.dx', call, x, needs & DX);
  const dweight = checkGradientOut(request.dweight, 'out.dweight', call, weight, needs & DWEIGHT);
  const dbias = checkGradientOut(request.dbias, 'out.dbias', call, bias, needs & DBIAS);

  const missing = request.accumulate & needs & ~bitsOf(dx, dweight, dbias);
  if (missing !== 0) throw nothingToAddTo(missing & DX ? 'dx' : missing & DWEIGHT ? 'dweight' : 'dbias');
  if (dx !== null && overlaps(dx, dy)) {
    if (dx.byteOffset !== dy.byteOffset)
      throw valueError('out.dx must be dy itself or not overlap it, got a part of it');
    if (request.accumulate & DX) throw valueError('accumulate.dx cannot add into dy: out.dx must not be dy');
  }
  checkInputsApart(dx, 'out.dx', call, null, given);
  checkInputsApart(dweight, 'out.dweight', call, dy, given);
  checkInputsApart(dbias, 'out.dbias', call, dy, given);
  if (dx !== null) {
    checkApart(dx, 'out.dx', dweight, 'out.dweight');
    checkApart(dx, 'out.dx', dbias, 'out.dbias');
  }
  if (dweight !== null) checkApart(dweight, 'out.dweight', dbias, 'out.dbias');
  return { dx, dweight, dbias };
}

function bitsOf(dx: unknown, dweight: unknown, dbias: unknown): number {
  return (dx === null ? 0 : DX) | (dweight === null ? 0 : DWEIGHT) | (dbias === null ? 0 : DBIAS);
}

/** What is given must fit, even where nothing will be written to it. */
function checkGradientOut(
  value: unknown,
  name: string,
  call: Call,
  like: DenseTensor | null,
  needed: number,
): Float32Tensor | null {
  if (value === undefined || value === null) return null;
  const tensor = checkTarget(value, name, call.x);
  checkShape(tensor, name, like === null ? parameterShape(call) : like.shape);
  return needed === 0 ? null : tensor;
}

/** The shape of a parameter that the call does not have. */
function parameterShape({ x, geometry }: Call): readonly number[] {
  const { parameterAxes } = geometry;
  return parameterAxes === 0 ? [geometry.c] : x.shape.slice(x.shape.length - parameterAxes);
}

/** An output may not share bytes with what is read while it is written. */
function checkInputsApart(
  out: Float32Tensor | null,
  name: string,
  call: Call,
  dy: Float32Tensor | null,
  given: GivenStatistics | null,
): void {
  if (out === null) return;
  checkApart(out, name, call.x, 'x');
  checkApart(out, name, call.weight, 'weight');
  checkApart(out, name, dy, 'dy');
  if (call.running !== null) {
    checkApart(out, name, call.running.mean, 'runningMean');
    checkApart(out, name, call.running.variance, 'runningVar');
  }
  if (given !== null) {
    checkApart(out, name, given.mean, 'mean');
    checkApart(out, name, given.rstd, 'rstd');
  }
}

function run(
  call: Call,
  dy: Float32Tensor,
  mean: number,
  rstd: number,
  given: GivenStatistics | null,
  dx: Float32Tensor | null,
  dweight: Float32Tensor | null,
  dbias: Float32Tensor | null,
  accumulate: number,
): void {
  const { kernel, geometry, x, weight } = call;
  const { runtime } = x;
  const { kernels } = runtime;
  const ownBytes = Math.ceil(kernel.scratch(kernels, geometry) / 64) * 64;
  const isKnown = rstd !== 0 || (isDouble(given?.rstd) && isDouble(given?.mean));
  const scratch = runtime.scratch(ownBytes + (isKnown ? 0 : statisticsBytes(call)));
  let meanAt = mean;
  let rstdAt = rstd;
  if (rstd === 0) {
    meanAt = kernel.hasMean ? scratch + ownBytes : 0;
    rstdAt = scratch + ownBytes + rstdOffset(call);
    if (given === null) {
      kernel.statistics(kernels, call, meanAt, rstdAt, scratch);
    } else {
      if (given.mean !== null) meanAt = inDoubles(given.mean, meanAt);
      rstdAt = inDoubles(given.rstd, rstdAt);
    }
  }
  kernel.backward(
    kernels,
    geometry,
    dy.byteOffset,
    x.byteOffset,
    addressOf(weight),
    meanAt,
    rstdAt,
    addressOf(dx),
    addressOf(dweight),
    addressOf(dbias),
    accumulate,
    scratch,
  );
}

/** Whether kernels can read it where it is; a mean that does not exist they need not. */
function isDouble(given: DenseTensor | null | undefined): boolean {
  return given !== undefined && (given === null || given.dtype === 'float64');
}

/** Where kernels read `given` in float64: where it is, or where it is then copied to. */
function inDoubles(given: DenseTensor, spare: number): number {
  if (given.dtype === 'float64') return given.byteOffset;
  given.runtime.doubles.set(given.data, spare / 8);
  return spare;
}
