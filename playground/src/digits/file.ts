// The file in which the page gets its digits: labels, then pixels of four bits, two to a byte. The sixteen greys are as
// many as a net can make use of, and halve what has to be loaded.
import { type Digits, type Images, PIXELS } from '../../../examples/digits/images.ts';

const MAGIC = 0x4e4c4431;
const HEADER = 12;
const GREYS = 15;

/** Takes pixels of ink from 0 to 1. */
export function encode({ training, heldOut }: Digits): Uint8Array<ArrayBuffer> {
  const count = training.count + heldOut.count;
  const bytes = new Uint8Array(HEADER + count + (count * PIXELS) / 2);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, MAGIC);
  header.setUint32(4, training.count);
  header.setUint32(8, heldOut.count);
  bytes.set(training.labels, HEADER);
  bytes.set(heldOut.labels, HEADER + training.count);
  let at = HEADER + count;
  for (const { pixels } of [training, heldOut]) {
    for (let i = 0; i < pixels.length; i += 2, at += 1) {
      bytes[at] = (Math.round(GREYS * pixels[i]!) << 4) | Math.round(GREYS * pixels[i + 1]!);
    }
  }
  return bytes;
}

/** Gives pixels of ink from 0 to 1. */
export function decode(bytes: Uint8Array): Digits {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [trainingCount, heldOutCount] = [header.getUint32(4), header.getUint32(8)];
  const count = trainingCount + heldOutCount;
  if (header.getUint32(0) !== MAGIC || bytes.length !== HEADER + count + (count * PIXELS) / 2) {
    throw new Error('The file of digits is not the one that this page was built with');
  }
  const take = (first: number, of: number): Images => {
    const pixels = new Float32Array(of * PIXELS);
    const from = HEADER + count + (first * PIXELS) / 2;
    for (let i = 0; i < pixels.length; i += 2) {
      const byte = bytes[from + i / 2]!;
      pixels[i] = (byte >> 4) / GREYS;
      pixels[i + 1] = (byte & 15) / GREYS;
    }
    return { count: of, pixels, labels: bytes.slice(HEADER + first, HEADER + first + of) };
  };
  return { training: take(0, trainingCount), heldOut: take(trainingCount, heldOutCount) };
}
