// How the processes of this folder end: they print their times, and how far y is from the layer norm of x.
import { errors, expectation } from '../oracle.mjs';

/** `y` is the result of x's rows of `length` elements, as often as they went in. */
export function answer(times, { x, y, length }) {
  const spec = { op: 'layerNorm', pass: 'forward', shape: [x.length / length, length], eps: 1e-5 };
  const expected = expectation(spec, { x, weight: new Float32Array(length).fill(1), bias: new Float32Array(length) });
  let error = y.length > 0 ? 0 : Number.POSITIVE_INFINITY;
  for (let at = 0; at < y.length; at += x.length) {
    error = Math.max(error, errors(expected, { y: y.subarray(at, at + x.length) }).y);
  }
  process.stdout.write(JSON.stringify({ times, error }));
}
