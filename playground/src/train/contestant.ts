// One net in training, with all that its curves show.
import { batches, CLASSES, type Digits } from '../../../examples/digits/images.ts';
import { Relu, Tanh } from '../../../examples/digits/nets/activation.ts';
import { convolutional, deepTanh } from '../../../examples/digits/nets/architectures.ts';
import type { Layer } from '../../../examples/digits/nets/layer.ts';
import type { Network } from '../../../examples/digits/nets/network.ts';
import type { NormKind } from '../../../examples/digits/nets/norm.ts';
import { random } from '../../../examples/digits/random.ts';
import { SEEDS } from '../../../examples/digits/settings.ts';
import { accuracy, type Batch } from '../../../examples/digits/training.ts';
import { BINS, type NetKind, type NetState, RANGE } from './protocol.ts';

export const BATCH = 32;

/** Batches of held-out digits that the histograms are taken over. */
const SEEN = 2;

let made = 0;
const another = () => {
  made += 1;
  return made;
};

export class Contestant {
  readonly id = another();
  readonly norm: NormKind;
  step = 0;
  diverged = false;
  #network: Network;
  #digits: Digits;
  #batches: ReturnType<typeof batches>;
  #losses: number[] = [];
  #gradients: number[] = [];
  #throughLayers: number[] | null = null;
  #curious = true;
  #accuracy: { step: number; share: number };
  #seen: { step: number; histograms: number[][] } | null = null;

  /** Nets of one kind start from the same weights and see the same batches. */
  constructor(net: NetKind, norm: NormKind, digits: Digits) {
    this.norm = norm;
    this.#network = make(net, norm);
    this.#digits = digits;
    this.#batches = batches(digits.training.count, BATCH, random(SEEDS.batches));
    this.#accuracy = this.#evaluate();
  }

  /** One step of gradient descent. */
  advance(batch: Batch, rate: number): void {
    batch.fill(this.#digits.training, this.#batches.next().value);
    const through: number[] = [];
    const watch = (layer: Layer, dy: { data: Float32Array }) => {
      if (activation(layer)) through.unshift(length(dy.data));
    };
    const { loss } = this.#network.gradient(batch.x, batch.labels, 'train', this.#curious ? watch : undefined);
    // Once for each report is enough.
    if (this.#curious) this.#throughLayers = through;
    this.#curious = false;
    this.#losses.push(loss);
    this.#gradients.push(Math.hypot(...this.#network.weights().map(({ grad }) => length(grad))));
    this.#network.step(rate);
    this.step += 1;
    this.diverged = !Number.isFinite(loss);
    if (this.diverged || this.step % interval(this.step) === 0) this.#accuracy = this.#evaluate();
  }

  /** The state of the net and what has happened since the last report. */
  report(batch: Batch, image: Float32Array | null): NetState {
    const [losses, gradients, through] = [this.#losses, this.#gradients, this.#throughLayers];
    this.#losses = [];
    this.#gradients = [];
    this.#curious = true;
    return {
      id: this.id,
      norm: this.norm,
      step: this.step,
      losses,
      gradients,
      accuracy: this.#accuracy,
      diverged: this.diverged,
      layers: this.#histograms(batch).map((histogram, i) => ({ histogram, gradient: through?.[i] ?? null })),
      probabilities: image && this.#probabilities(batch, image),
    };
  }

  dispose(): void {
    this.#network.dispose();
  }

  #evaluate() {
    return { step: this.step, share: accuracy(this.#network, this.#digits.heldOut, BATCH) };
  }

  /** Of what enters each activation; the same until the next step. */
  #histograms(batch: Batch): number[][] {
    if (this.#seen?.step !== this.step) this.#seen = { step: this.step, histograms: this.#observe(batch) };
    return this.#seen.histograms;
  }

  #observe(batch: Batch): number[][] {
    const { heldOut } = this.#digits;
    const found: number[][] = [];
    for (let chunk = 0; chunk < SEEN; chunk += 1) {
      batch.fill(
        heldOut,
        Array.from({ length: BATCH }, (_, i) => chunk * BATCH + i),
      );
      let seen = 0;
      let x = batch.x;
      for (const layer of this.#network.layers) {
        if (activation(layer)) {
          found[seen] ??= new Array<number>(BINS).fill(0);
          count(x.data, found[seen]!, 1 / (x.size * SEEN));
          seen += 1;
        }
        x = layer.forward(x, 'observe');
      }
    }
    return found;
  }

  #probabilities(batch: Batch, image: Float32Array): number[] {
    // The net's buffers are made for batches of one size, so the image comes with blank company.
    batch.x.data.fill(0);
    batch.x.data.set(image);
    const logits = this.#network.forward(batch.x, 'eval').data.subarray(0, CLASSES);
    const greatest = Math.max(...logits);
    const exponentials = Array.from(logits, (value) => Math.exp(value - greatest));
    const total = exponentials.reduce((a, b) => a + b);
    return exponentials.map((value) => value / total);
  }
}

function make(net: NetKind, norm: NormKind): Network {
  switch (net) {
    case 'convolutions':
      return convolutional(norm, SEEDS.weights);
    case 'tanh':
      return deepTanh(norm, 1, SEEDS.weights);
    case 'tanhLarge':
      return deepTanh(norm, 3, SEEDS.weights);
  }
}

/** Going through the held-out digits takes as long as several steps, and early on much happens. */
const interval = (step: number) => (step < 100 ? 20 : 50);

const activation = (layer: Layer) => layer instanceof Relu || layer instanceof Tanh;

function count(values: Float32Array, into: number[], share: number): void {
  for (const value of values) {
    const bin = Math.floor(((value + RANGE) / (2 * RANGE)) * BINS);
    // NaN of a diverged net is in no bin.
    if (!Number.isNaN(bin)) into[Math.min(BINS - 1, Math.max(0, bin))]! += share;
  }
}

function length(values: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) squares += values[i]! * values[i]!;
  return Math.sqrt(squares);
}
