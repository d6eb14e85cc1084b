// All nets in training: who is among them, whose turn it is, and what there is to tell. Knows no worker and no page.
import { type Digits, PIXELS } from '../../../examples/digits/images.ts';
import { Batch } from '../../../examples/digits/training.ts';
import { BATCH, Contestant } from './contestant.ts';
import type { Choice, NetState } from './protocol.ts';

/** Training stops here by itself: nobody may be looking any more. */
export const LAST_STEP = 3000;

export class Trainer {
  #digits: Digits;
  #choice: Choice | null = null;
  #nets: Contestant[] = [];
  #image: Float32Array | null = null;
  #batch = new Batch(BATCH);

  /** Takes standardised digits. */
  constructor(digits: Digits) {
    this.#digits = digits;
  }

  /** Nets that stay in the choice go on as they are; others leave, and new ones start at step 0. */
  choose(choice: Choice): void {
    if (this.#choice?.net !== choice.net) this.#leave(this.#nets);
    this.#choice = choice;
    this.#leave(this.#nets.filter(({ norm }) => !choice.norms.includes(norm)));
    this.#nets = choice.norms.map(
      (norm) => this.#nets.find((net) => net.norm === norm) ?? new Contestant(choice.net, norm, this.#digits),
    );
  }

  reset(): void {
    this.#leave(this.#nets);
    if (this.#choice) this.choose(this.#choice);
  }

  /** Standardised as the digits are. */
  look(image: Float32Array | null): void {
    if (image && image.length !== PIXELS) throw new RangeError(`An image has ${PIXELS} pixels, not ${image.length}`);
    this.#image = image;
  }

  /** One step of the net that is furthest behind, so that all soon march in step; false when none is left to train. */
  advance(): boolean {
    const able = this.#nets.filter(({ diverged, step }) => !diverged && step < LAST_STEP);
    if (!this.#choice || able.length === 0) return false;
    const next = able.reduce((behind, net) => (net.step < behind.step ? net : behind));
    next.advance(this.#batch, this.#choice.rate);
    return true;
  }

  report(): NetState[] {
    return this.#nets.map((net) => net.report(this.#batch, this.#image));
  }

  dispose(): void {
    this.#leave(this.#nets);
    this.#batch.dispose();
  }

  #leave(nets: readonly Contestant[]): void {
    for (const net of nets) net.dispose();
    this.#nets = this.#nets.filter((net) => !nets.includes(net));
  }
}
