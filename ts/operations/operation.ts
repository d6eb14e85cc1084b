// What is done with every operation, once it has told how it reads its arguments. A caller's options are read before
// anything is checked: reading may run code of the caller's.

import type { Keys, Options } from '../arguments.js';
import { checkOptions } from '../runtime/runtime.js';
import type { Call, Float32Tensor } from './call.js';
import { forwardOnly, forwardSaving } from './forward.js';
import { checkStatistics, computeGradients } from './gradients.js';
import { readRequest } from './request.js';
import type { ForwardResult, GradientsResult } from './results.js';
import { checkOutputs } from './running.js';

/** How an operation reads its arguments. */
export interface Operation {
  /** The names of its own options. */
  readonly options: Keys;
  /**
   * Reads the options of its own, then checks them with x; `argument` is what the operation takes besides: a shape, or a
   * number of groups.
   */
  read(x: unknown, argument: unknown, options: Options): Call;
}

// The options that its functions have besides.
const FORWARD: Keys = new Set(['out']);
const SAVING: Keys = new Set(['out', 'reuse']);
const BACKWARD: Keys = new Set(['mean', 'rstd', 'needs', 'out', 'accumulate']);

/** The checks of a forward alone. */
export function checkForward(
  operation: Operation,
  x: unknown,
  argument: unknown,
  options: object,
  saves: boolean,
): void {
  const { out } = options as Options;
  checkOutputs(out, operation.read(x, argument, options as Options), saves);
}

/** A forward with options whose names are known. */
export function runForward(operation: Operation, x: unknown, argument: unknown, options: object): Float32Tensor {
  const { out } = options as Options;
  const call = operation.read(x, argument, options as Options);
  return forwardOnly(call, checkOutputs(out, call, false));
}

/** {@link runForward} that saves. */
export function runSavingForward(operation: Operation, x: unknown, argument: unknown, options: object): ForwardResult {
  const { out, reuse } = options as Options;
  const call = operation.read(x, argument, options as Options);
  return forwardSaving(call, checkOutputs(out, call, true), reuse);
}

export function forward(operation: Operation, x: unknown, argument: unknown, options?: object): Float32Tensor {
  return runForward(operation, x, argument, checkOptions(options, operation.options, FORWARD));
}

export function forwardForBackward(
  operation: Operation,
  x: unknown,
  argument: unknown,
  options?: object,
): ForwardResult {
  return runSavingForward(operation, x, argument, checkOptions(options, operation.options, SAVING));
}

export function directBackward(
  operation: Operation,
  dy: unknown,
  x: unknown,
  argument: unknown,
  options?: object,
): GradientsResult {
  const given = checkOptions(options, operation.options, BACKWARD) as Options;
  const { mean, rstd, needs, out, accumulate } = given;
  const request = readRequest(needs, out, accumulate);
  const call = operation.read(x, argument, given);
  return computeGradients(call, dy, request, 0, 0, checkStatistics(mean, rstd, call));
}
