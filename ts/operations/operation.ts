// What is done with every operation, once it has told how it reads its arguments. A caller's options are read before
// anything is checked: reading may run code of the caller's.

import type { Options } from '../arguments.js';
import { checkOptions } from '../runtime/runtime.js';
import type { Call, Float32Tensor } from './call.js';
import { forwardOnly, forwardSaving } from './forward.js';
import { checkStatistics, computeGradients } from './gradients.js';
import { readRequest } from './request.js';
import type { ForwardResult, GradientsResult } from './results.js';
import { checkOutputs } from './running.js';

/**
 * Reads the options of its own, then checks them with x; `argument` is what the operation takes besides: a shape, or a
 * number of groups.
 */
export type ReadCall = (x: unknown, argument: unknown, options: Options) => Call;

/** The checks of a forward alone. */
export function checkForward(read: ReadCall, x: unknown, argument: unknown, options: object, saves: boolean): void {
  const { out } = options as Options;
  checkOutputs(out, read(x, argument, options as Options), saves);
}

export function forward(read: ReadCall, x: unknown, argument: unknown, options?: object): Float32Tensor {
  const given = checkOptions(options) as Options;
  const { out } = given;
  const call = read(x, argument, given);
  return forwardOnly(call, checkOutputs(out, call, false));
}

export function forwardForBackward(read: ReadCall, x: unknown, argument: unknown, options?: object): ForwardResult {
  const given = checkOptions(options) as Options;
  const { out, reuse } = given;
  const call = read(x, argument, given);
  return forwardSaving(call, checkOutputs(out, call, true), reuse);
}

export function directBackward(
  read: ReadCall,
  dy: unknown,
  x: unknown,
  argument: unknown,
  options?: object,
): GradientsResult {
  const given = checkOptions(options) as Options;
  const { mean, rstd, needs, out, accumulate } = given;
  const request = readRequest(needs, out, accumulate);
  const call = read(x, argument, given);
  return computeGradients(call, dy, request, 0, 0, checkStatistics(mean, rstd, call));
}
