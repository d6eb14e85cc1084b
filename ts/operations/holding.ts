// What a saved state holds: the memory of its statistics, and references to its inputs, watched where backward reads
// them. Apart from the state itself, so that the finaliser can hold it and give it back.

import type { Held } from '../tensor/finaliser.js';
import type { Storage, Watch } from '../tensor/storage.js';
import type { Call, Float32Tensor } from './call.js';

/** A reference to the memory of x or weight. */
class Input {
  readonly storage: Storage;
  readonly watch: Watch;

  constructor(tensor: Float32Tensor) {
    this.storage = tensor.storage;
    this.storage.retain();
    this.watch = this.storage.watch(tensor.byteOffset, tensor.byteEnd);
  }
}

/** The references to the inputs of one forward. */
export class Inputs {
  readonly #x: Input;
  readonly #weight: Input | null;
  readonly #bias: Storage | null;

  constructor({ x, weight, bias }: Call) {
    this.#x = new Input(x);
    this.#weight = weight === null ? null : new Input(weight);
    this.#bias = bias === null ? null : bias.storage;
    this.#bias?.retain();
  }

  /** Which of them was written since. */
  get written(): 'x' | 'weight' | null {
    if (this.#x.watch.written) return 'x';
    return this.#weight?.watch.written ? 'weight' : null;
  }

  release(): void {
    this.#unwatch();
    this.#x.storage.release();
    this.#weight?.storage.release();
    this.#bias?.release();
  }

  abandon(): void {
    this.#unwatch();
    this.#x.storage.abandon();
    this.#weight?.storage.abandon();
    this.#bias?.abandon();
  }

  #unwatch(): void {
    this.#x.storage.unwatch(this.#x.watch);
    this.#weight?.storage.unwatch(this.#weight.watch);
  }
}

export class Holding implements Held {
  /** The mean (where there is one) and, `rstdOffset` bytes further on, rstd. */
  statistics: Storage;
  /** Null when they were let go. */
  inputs: Inputs | null;
  #over = false;

  constructor(statistics: Storage, call: Call) {
    this.statistics = statistics;
    this.inputs = new Inputs(call);
  }

  release(): void {
    this.#over = true;
    this.inputs?.release();
    this.inputs = null;
    this.statistics.release();
  }

  /** Gives back what a forgotten state held. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.inputs?.abandon();
    this.inputs = null;
    this.statistics.abandon();
  }
}
