// What is done with every operation, once it has told how it reads its arguments. A caller's options are read before
// anything is checked: reading may run code of the caller's.

import { checkOptions, type NamesOf, type OptionNames, type Options } from '../arguments.js';
import type { Call, Float32Tensor } from './call.js';
import { forwardOnly, forwardSaving } from './forward.js';
import { checkStatistics, computeGradients } from './gradients.js';
import { readRequest } from './request.js';
import type { ForwardResult, GradientsResult } from './results.js';
import { checkOutputs } from './running.js';
import type { DirectBackwardOptions, ForwardOptions, NormOptions } from './types.js';

/** How an operation reads its arguments. */
export interface Operation {
  /** The names of its options. */
  readonly optionNames: OptionNames;
  /**
   * Reads the options of its own, then checks them with x; `argument` is what the operation takes besides: a shape, or a
   * number of groups.
   */
  read(x: unknown, argument: unknown, options: Options): Call;
}

/** What a Forward has besides. */
const SAVING: NamesOf<ForwardOptions<unknown>> = { reuse: 1 };
/** What a Backward has besides. */
const BACKWARD: NamesOf<Omit<DirectBackwardOptions<NormOptions>, keyof NormOptions>> = {
  mean: 1,
  rstd: 1,
  needs: 1,
  accumulate: 1,
};

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
  return runForward(operation, x, argument, checkOptions(options, operation.optionNames));
}

export function forwardForBackward(
  operation: Operation,
  x: unknown,
  argument: unknown,
  options?: object,
): ForwardResult {
  return runSavingForward(operation, x, argument, checkOptions(options, operation.optionNames, SAVING));
}

export function directBackward(
  operation: Operation,
  dy: unknown,
  x: unknown,
  argument: unknown,
  options?: object,
): GradientsResult {
  const given = checkOptions(options, operation.optionNames, BACKWARD) as Options;
  const { mean, rstd, needs, out, accumulate } = given;
  const request = readRequest(needs, out, accumulate);
  const call = operation.read(x, argument, given);
  return computeGradients(call, dy, request, 0, 0, checkStatistics(mean, rstd, call));
}
