// The course of one net since it started: all its losses and gradients, and its curves through them.
import type { NormKind } from '../../../examples/digits/nets/norm.ts';
import type { NetState } from './protocol.ts';

type Point = readonly [step: number, value: number];

/** Losses are those of single batches, and jump: each point is the mean of so many. */
const SMOOTHED = 10;

/** More points than that do not show. */
const POINTS = 240;

export class Course {
  readonly norm: NormKind;
  state: NetState;
  #losses = new Sums();
  #gradients = new Sums();
  #accuracies: Point[] = [];

  constructor(first: NetState) {
    this.norm = first.norm;
    this.state = first;
    this.follow(first);
  }

  follow(state: NetState): void {
    this.state = state;
    this.#losses.add(state.losses);
    this.#gradients.add(state.gradients);
    const { accuracy } = state;
    if (accuracy && accuracy.step !== this.#accuracies.at(-1)?.[0]) {
      this.#accuracies.push([accuracy.step, accuracy.share]);
    }
  }

  get loss(): number | null {
    return this.#losses.latest;
  }

  get losses(): Point[] {
    return this.#losses.curve;
  }

  get gradients(): Point[] {
    return this.#gradients.curve;
  }

  get accuracies(): readonly Point[] {
    return this.#accuracies;
  }
}

/** Sums of the first values of a series, from which the mean over any stretch of it follows at once. */
class Sums {
  #sums = [0];

  add(values: readonly number[]): void {
    for (const value of values) if (Number.isFinite(value)) this.#sums.push(this.#sums.at(-1)! + value);
  }

  get latest(): number | null {
    return this.#sums.length > 1 ? this.#mean(this.#sums.length - 1, SMOOTHED) : null;
  }

  get curve(): Point[] {
    const count = this.#sums.length - 1;
    const stride = Math.max(1, Math.ceil(count / POINTS));
    const points: Point[] = [];
    for (let step = stride; step <= count; step += stride) {
      points.push([step, this.#mean(step, Math.max(stride, SMOOTHED))]);
    }
    return points;
  }

  /** Over the values up to `end`. */
  #mean(end: number, width: number): number {
    const start = Math.max(0, end - width);
    return (this.#sums[end]! - this.#sums[start]!) / (end - start);
  }
}
