// The one way from dy to the gradients, for every operation: checks, memory, one kernel call.

import { valueError } from '../errors.js';
import type { WasmRuntime } from '../runtime/runtime.js';
import { asTensor, type DenseTensor, makeTensor, overlaps } from '../tensor/tensor.js';
import { type Call, rstdOffset, statisticsBytes } from './call.js';
import {
  addressOf,
  checkApart,
  checkBeside,
  checkLike,
  checkRuntimeOf,
  checkShape,
  type Float32Tensor,
} from './checks.js';
import { withDispose } from './forward.js';
import { DBIAS, DWEIGHT, DX, type Request } from './request.js';

/** Statistics that a caller passed for x, of either type. */
export interface GivenStatistics {
  /** Null for RMS norm. */
  readonly mean: DenseTensor | null;
  readonly rstd: DenseTensor;
}

export interface GradientsResult extends Disposable {
  readonly dx: Float32Tensor | null;
  readonly dweight: Float32Tensor | null;
  readonly dbias: Float32Tensor | null;
}

/** Statistics passed for x, shaped as `saved.mean` would be; null when there are none. */
export function checkStatistics(mean: unknown, rstd: unknown, call: Call): GivenStatistics | null {
  const { kernel, geometry, x } = call;
  const hasRstd = rstd !== undefined && rstd !== null;
  const hasMean = mean !== undefined && mean !== null;
  if (kernel.hasMean && hasMean !== hasRstd) throw valueError('mean and rstd must be given together');
  // Running statistics are constants; what else is known of x is not asked.
  if (!hasRstd) return null;
  const shape = kernel.statisticsShape(geometry, x.shape);
  return {
    mean: kernel.hasMean ? checkStatistic(mean, 'mean', x, shape) : null,
    rstd: checkStatistic(rstd, 'rstd', x, shape),
  };
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
  return withDispose(
    { dx, dweight, dbias },
    outs.dx === null ? dx : null,
    outs.dweight === null ? dweight : null,
    outs.dbias === null ? dbias : null,
  );
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
  const dx = checkGradientOut(request.dx, 'out.dx', x, x, needs & DX);
  const dweight = checkGradientOut(request.dweight, 'out.dweight', weight, x, needs & DWEIGHT);
  const dbias = checkGradientOut(request.dbias, 'out.dbias', bias, x, needs & DBIAS);

  const missing = request.accumulate & needs & ~bitsOf(dx, dweight, dbias);
  if (missing !== 0) {
    const name = missing & DX ? 'dx' : missing & DWEIGHT ? 'dweight' : 'dbias';
    throw valueError(`accumulate.${name} needs out.${name}: there is nothing to add to`);
  }
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

function checkGradientOut(
  value: unknown,
  name: string,
  like: DenseTensor | null,
  x: DenseTensor,
  needed: number,
): Float32Tensor | null {
  if (needed === 0 || like === null || value === undefined || value === null) return null;
  const tensor = checkBeside(value, name, x);
  checkShape(tensor, name, like.shape);
  return tensor;
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
  const ownBytes = Math.ceil(kernel.scratchBytes(kernels, geometry) / 64) * 64;
  const scratch = runtime.scratch(ownBytes + (rstd === 0 ? statisticsBytes(call) : 0));
  let meanAt = mean;
  let rstdAt = rstd;
  if (rstd === 0) {
    meanAt = kernel.hasMean ? scratch + ownBytes : 0;
    rstdAt = scratch + ownBytes + rstdOffset(call);
    if (given === null) kernel.statistics(kernels, call, meanAt, rstdAt, scratch);
    else copyGiven(runtime, given, meanAt, rstdAt);
  }
  const weightAt = addressOf(weight);
  const dxAt = addressOf(dx);
  const dweightAt = addressOf(dweight);
  const dbiasAt = addressOf(dbias);
  kernel.backward(
    kernels,
    geometry,
    dy.byteOffset,
    x.byteOffset,
    weightAt,
    meanAt,
    rstdAt,
    dxAt,
    dweightAt,
    dbiasAt,
    accumulate,
    scratch,
  );
}

/** Kernels take statistics in float64; those given may be float32. */
function copyGiven(runtime: WasmRuntime, given: GivenStatistics, mean: number, rstd: number): void {
  const { buffer } = runtime.kernels.memory;
  if (given.mean !== null) new Float64Array(buffer, mean, given.mean.size).set(given.mean.data);
  new Float64Array(buffer, rstd, given.rstd.size).set(given.rstd.data);
}
