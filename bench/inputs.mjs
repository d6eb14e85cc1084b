// Reproducible operands for a case: normal values, off centre, so that a kernel that drops the mean is found out.
import { parameterShape } from './cases.mjs';

/** @returns {import('./cases.d.mts').Inputs} */
export function inputs(spec) {
  const size = product(spec.shape);
  const parameters = product(parameterShape(spec));
  return {
    x: normal(size, 1, 0.3, 1.5),
    dy: normal(size, 2, 0, 1),
    weight: normal(parameters, 3, 1, 0.2),
    bias: normal(parameters, 4, 0, 0.2),
    runningMean: normal(parameters, 5, 0.3, 0.1),
    runningVar: new Float32Array(parameters).fill(2.25),
  };
}

const product = (values) => values.reduce((a, b) => a * b, 1);

/** Normal values that repeat after 2^16 or so: making eight million of them would take longer than timing the operation. */
function normal(size, seed, mean, deviation) {
  const out = new Float32Array(size);
  const period = Math.min(size, 65_537);
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < period; i += 1) {
    out[i] = mean + deviation * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  }
  for (let filled = period; filled < size; filled *= 2) out.copyWithin(filled, 0, Math.min(filled, size - filled));
  return out;
}
