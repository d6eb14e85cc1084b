// Images of digits as the nets take them, wherever they come from: standardised, in batches.
import { permutation, type Random } from './random.ts';

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const CLASSES = 10;

export interface Images {
  readonly count: number;
  /** [count, 784] */
  readonly pixels: Float32Array;
  readonly labels: Uint8Array;
}

export interface Digits {
  readonly training: Images;
  readonly heldOut: Images;
}

export interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

/** Standardises all images in place by the training images' mean and deviation, and tells them. */
export function standardise({ training, heldOut }: Digits): Moments {
  const { mean, deviation } = moments(training.pixels);
  for (const { pixels } of [training, heldOut]) {
    for (let i = 0; i < pixels.length; i += 1) pixels[i] = (pixels[i]! - mean) / deviation;
  }
  return { mean, deviation };
}

function moments(values: Float32Array): Moments {
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
