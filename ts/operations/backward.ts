// One backward for all operations: a saved state knows its own.

import { checkOptions } from '../arguments.js';
import { SAVED } from '../brand.js';
import { typeError } from '../errors.js';
import type { Tensor } from '../tensor/types.js';
import { computeGradients } from './gradients.js';
import { REQUEST_OPTIONS, readRequest } from './request.js';
import { asSaved } from './saved.js';
import type { BackwardOptions, Exactly, GradientsFor, Saved } from './types.js';

/**
 * The gradients of the forward that made `saved`, in the mode it ran in.
 *
 * With g = dy · weight, x̂ = (x − mean) · rstd and n elements to a statistic,
 * dx = rstd · (g − Σg/n − x̂ · Σ(g · x̂)/n), dweight = Σ dy · x̂ and dbias = Σ dy; RMS norm has no Σg/n. Where running
 * statistics were used, they are constants: dx = g · rstd. (Ioffe & Szegedy 2015, section 3, with weight folded in.)
 *
 * @param saved from the Forward of any operation; it may serve several backward calls, and is not disposed
 * @param dy the gradient of the loss by y, shaped as x
 * @param options which gradients (`needs`), where to (`out`), and whether they are added there (`accumulate`)
 * @returns dx shaped as x, dweight as weight and dbias as bias; null where not needed, or without the parameter
 *
 * @example
 * using r = layerNormForward(x, 768, { weight, bias });
 * using g = backward(r.saved, dy, { needs: { dx: false } });
 *
 * @throws RangeError `'SHAPE'` when dy or an `out` has another shape; `'VALUE'` for overlaps, an option that
 * there is not, or `accumulate` without `out`
 * @throws StateError `'STATE'` when a call of this library wrote x or weight since the forward (writes through
 * `.data` cannot be seen); `'DISPOSED'` when saved or dy was disposed
 */
export function backward<
  W extends Tensor | null,
  B extends Tensor | null,
  const O extends BackwardOptions = Record<never, never>,
>(saved: Saved<W, B>, dy: Tensor, options?: Exactly<O, BackwardOptions>): GradientsFor<W, B, O> {
  const { needs, out, accumulate } = checkOptions(options as BackwardOptions | undefined, REQUEST_OPTIONS);
  const request = readRequest(needs, out, accumulate);
  if (typeof dy === 'object' && dy !== null && SAVED in dy)
    throw typeError('dy and saved are swapped: call backward(saved, dy)');
  const state = asSaved(saved, 'saved');
  state.assertUnwritten();
  const { call, meanAddress, rstdAddress } = state;
  return computeGradients(call, dy, request, meanAddress, rstdAddress, null) as unknown as GradientsFor<W, B, O>;
}
