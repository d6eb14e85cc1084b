// What forwards share: the memory a saving one writes to, all of it or none, and the result it returns.

import { DISPOSE } from '../disposable.js';
import { typeError } from '../errors.js';
import { Storage } from '../tensor/storage.js';
import { makeTensor } from '../tensor/tensor.js';
import { type Call, rstdOffset, statisticsBytes } from './call.js';
import type { Float32Tensor } from './checks.js';
import { asSaved, SavedState } from './saved.js';

/**
 * y: `out`, or a new tensor shaped as `x`. Afterwards the runtime has `scratchBytes` of scratch; when there is no
 * room for both, nothing stays taken.
 */
export function takeY(x: Float32Tensor, out: Float32Tensor | null, scratchBytes: number): Float32Tensor {
  const y = out ?? makeTensor(x.runtime, x.shape, x.size, 'float32');
  if (scratchBytes === 0) return y;
  try {
    x.runtime.scratch(scratchBytes);
  } catch (error) {
    if (out === null) y.dispose();
    throw error;
  }
  return y;
}

export function checkReuse(value: unknown, x: Float32Tensor): SavedState | null {
  if (value === undefined || value === null) return null;
  const saved = asSaved(value, 'reuse');
  if (saved.statistics.runtime === x.runtime) return saved;
  throw typeError('reuse and x are in different runtimes', 'RUNTIME');
}

/** Where a saving forward writes to. */
export interface Targets {
  readonly y: Float32Tensor;
  readonly statistics: Storage;
  /** 0 where the operation has none. */
  readonly mean: number;
  readonly rstd: number;
  readonly scratch: number;
}

/** Takes the memory that a saving forward writes to; when some of it cannot be had, none of it stays taken. */
export function takeTargets(
  call: Call,
  out: Float32Tensor | null,
  reuse: SavedState | null,
  scratchBytes: number,
): Targets {
  const { x, kernel } = call;
  const bytes = statisticsBytes(call);
  const fits = reuse !== null && reuse.statistics.bytes === bytes;
  const statistics = fits ? reuse.statistics : new Storage(x.runtime, bytes);
  try {
    const y = takeY(x, out, scratchBytes);
    const { start } = statistics;
    const rstd = start + rstdOffset(call);
    return { y, statistics, mean: kernel.hasMean ? start : 0, rstd, scratch: x.runtime.scratch(scratchBytes) };
  } catch (error) {
    if (!fits) statistics.release();
    throw error;
  }
}

/** The result of a saving forward; disposing it frees what the call made. */
export interface ForwardResult extends Disposable {
  readonly y: Float32Tensor;
  readonly saved: SavedState;
}

/** Remembers the forward whose kernel has just run. */
export function finishForward(
  call: Call,
  targets: Targets,
  out: Float32Tensor | null,
  reuse: SavedState | null,
): ForwardResult {
  out?.noteWrite();
  const { y, statistics } = targets;
  if (reuse !== null) reuse.replace(statistics, call);
  const saved = reuse ?? new SavedState(statistics, call);
  return withDispose({ y, saved }, out === null ? y : null, reuse === null ? saved : null, null);
}

interface Disposes {
  dispose(): void;
}

/** Gives a plain result the method that `using` calls, hidden from spreading and printing. */
export function withDispose<R extends object>(
  result: R,
  first: Disposes | null,
  second: Disposes | null,
  third: Disposes | null,
): R & Disposable {
  const value = () => {
    first?.dispose();
    second?.dispose();
    third?.dispose();
  };
  Object.defineProperty(result, DISPOSE, { value });
  return result as R & Disposable;
}
