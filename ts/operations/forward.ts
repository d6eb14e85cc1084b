// The one way from x to y, for every operation: memory, all of it or none, and one kernel call.

import { typeError } from '../errors.js';
import { Storage } from '../tensor/storage.js';
import { makeTensor } from '../tensor/tensor.js';
import { type Call, type Float32Tensor, rstdOffset, statisticsBytes } from './call.js';
import { type ForwardResult, forwardResult } from './results.js';
import { asSaved, SavedState } from './saved.js';

/**
 * y: `out`, or a new tensor shaped as `x`. Afterwards the runtime has `scratchBytes` of scratch; when there is no
 * room for both, nothing stays taken.
 */
function takeY(x: Float32Tensor, out: Float32Tensor | null, scratchBytes: number): Float32Tensor {
  const y = out ?? makeTensor(x.runtime, x.shape, x.size, 'float32');
  try {
    x.runtime.scratch(scratchBytes);
  } catch (error) {
    if (out === null) y.dispose();
    throw error;
  }
  return y;
}

/** To be called when the kernel has run: y and running statistics may be what others have saved. */
function noteWrites({ kernel, running }: Call, out: Float32Tensor | null): void {
  out?.noteWrite();
  if (running === null || kernel.constant) return;
  running.mean.noteWrite();
  running.variance.noteWrite();
}

/** A forward that keeps nothing. */
export function forwardOnly(call: Call, out: Float32Tensor | null): Float32Tensor {
  const { x, kernel, geometry } = call;
  const { runtime } = x;
  const { kernels } = runtime;
  const ownBytes = Math.ceil(kernel.forwardScratch(kernels, geometry) / 64) * 64;
  const bytes = ownBytes + (kernel.constant ? statisticsBytes(call) : 0);
  const y = takeY(x, out, bytes);
  const scratch = runtime.scratch(bytes);
  const mean = kernel.constant ? scratch + ownBytes : 0;
  kernel.forward(kernels, call, y.byteOffset, mean, kernel.constant ? mean + rstdOffset(call) : 0, scratch);
  noteWrites(call, out);
  return y;
}

/** A forward that saves, in the memory of `reuse` where that fits. */
export function forwardSaving(call: Call, out: Float32Tensor | null, reuse: unknown): ForwardResult {
  const { x, kernel, geometry } = call;
  const { runtime } = x;
  const recycled = checkReuse(reuse, x);
  const scratchBytes = kernel.forwardScratch(runtime.kernels, geometry);
  const bytes = statisticsBytes(call);
  const fits = recycled !== null && recycled.statistics.bytes === bytes;
  const statistics = fits ? recycled.statistics : new Storage(runtime, bytes);
  let y: Float32Tensor;
  try {
    y = takeY(x, out, scratchBytes);
  } catch (error) {
    if (!fits) statistics.release();
    throw error;
  }
  const { start } = statistics;
  const rstd = start + rstdOffset(call);
  kernel.forward(runtime.kernels, call, y.byteOffset, kernel.hasMean ? start : 0, rstd, runtime.scratch(scratchBytes));
  noteWrites(call, out);
  recycled?.replace(statistics, call);
  return forwardResult(y, recycled ?? new SavedState(statistics, call), out === null, recycled === null);
}

function checkReuse(value: unknown, x: Float32Tensor): SavedState | null {
  if (value === undefined || value === null) return null;
  const saved = asSaved(value, 'reuse');
  if (saved.statistics.runtime === x.runtime) return saved;
  throw typeError('reuse and x are in different runtimes', 'RUNTIME');
}
