// The forward that a layer's backward will take, and the memory that goes from one such forward to the next.

import { StateError } from '../errors.js';
import type { SavedState } from '../operations/saved.js';
import { disown } from '../tensor/scope.js';
import { asTensor } from '../tensor/tensor.js';

const NONE = 0;
const ONE = 1;
/** Two forwards that save came without a backward between them: neither can be told to be meant. */
const AMBIGUOUS = 2;

export class Pending {
  #state: typeof NONE | typeof ONE | typeof AMBIGUOUS = NONE;
  /** Kept when its forward was consumed, so that a training step allocates no statistics. */
  #memory: SavedState | null = null;

  /** What the next forward may recycle: it must be in the runtime of `x`. */
  recyclable(x: unknown): SavedState | null {
    const memory = this.#memory;
    if (memory === null || memory.disposed) return null;
    return memory.statistics.runtime === asTensor(x, 'x').runtime ? memory : null;
  }

  /** Takes over what a forward saved. */
  add(saved: SavedState): void {
    if (saved !== this.#memory) {
      this.#memory?.dispose();
      disown(saved);
      this.#memory = saved;
    }
    if (this.#state === NONE) {
      this.#state = ONE;
      return;
    }
    this.#state = AMBIGUOUS;
    saved.letGo();
  }

  /** The one forward that is pending; it stays so until `consume`. */
  get(): SavedState {
    const memory = this.#memory;
    if (this.#state === ONE && memory !== null) {
      try {
        memory.assertUnwritten();
      } catch (error) {
        // It can never be run backward any more.
        this.consume();
        throw error;
      }
      return memory;
    }
    if (this.#state === AMBIGUOUS) {
      this.consume();
      throw new StateError(
        'two forwards that save came without a backward between them, and both are dropped: call eval() to evaluate, ' +
          'pass { save: false } to one that needs no backward, or use record(x) and backward(dy, { saved }) for a ' +
          'layer used twice',
      );
    }
    throw new StateError(
      'no forward is pending: call forward(x) in training mode, or with { save: true }, before each backward',
    );
  }

  /** Lets x go, and keeps the memory. */
  consume(): void {
    this.#state = NONE;
    this.#memory?.letGo();
  }

  drop(): void {
    this.#state = NONE;
    this.#memory?.dispose();
    this.#memory = null;
  }
}
