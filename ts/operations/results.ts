// Results of more than one tensor: plain objects to whoever copies, prints or compares them, but for the method that
// `using` calls. It is on the prototype, one for each set of what a call has made: defining it on every result took
// longer than a small forward (240 ns).

import { DISPOSE } from '../disposable.js';
import type { Float32Tensor } from './call.js';
import type { SavedState } from './saved.js';

/** The result of a saving forward; disposing it frees what the call made. */
export interface ForwardResult extends Disposable {
  readonly y: Float32Tensor;
  readonly saved: SavedState;
}

/** The result of a backward; disposing it frees what the call made. */
export interface GradientsResult extends Disposable {
  readonly dx: Float32Tensor | null;
  readonly dweight: Float32Tensor | null;
  readonly dbias: Float32Tensor | null;
}

type Fields<R> = { -readonly [K in keyof Omit<R, typeof DISPOSE>]: R[K] };

interface Disposes {
  dispose(): void;
}

/** The prototype that disposes what is under those of `keys` that are in `set` (bit i is key i). */
function makePrototype(keys: readonly string[], set: number): object {
  const made = keys.filter((_key, i) => set & (1 << i));
  const value = function (this: Record<string, Disposes | null>) {
    for (const key of made) this[key]?.dispose();
  };
  // Without a constructor of its own: the results are Objects.
  return Object.create(Object.prototype, { [DISPOSE]: { value } }) as object;
}

// By set, made when first needed: making all of them took a fifth of what the import has to evaluate.
const FORWARDS: object[] = [];
const GRADIENTS: object[] = [];

export function forwardResult(y: Float32Tensor, saved: SavedState, madeY: boolean, madeSaved: boolean): ForwardResult {
  const set = (madeY ? 1 : 0) | (madeSaved ? 2 : 0);
  FORWARDS[set] ??= makePrototype(['y', 'saved'], set);
  const result = Object.create(FORWARDS[set]) as Fields<ForwardResult>;
  result.y = y;
  result.saved = saved;
  return result as ForwardResult;
}

/** `made` is a set of bits: 1 dx, 2 dweight, 4 dbias. */
export function gradientsResult(
  dx: Float32Tensor | null,
  dweight: Float32Tensor | null,
  dbias: Float32Tensor | null,
  made: number,
): GradientsResult {
  GRADIENTS[made] ??= makePrototype(['dx', 'dweight', 'dbias'], made);
  const result = Object.create(GRADIENTS[made]) as Fields<GradientsResult>;
  result.dx = dx;
  result.dweight = dweight;
  result.dbias = dbias;
  return result as GradientsResult;
}
