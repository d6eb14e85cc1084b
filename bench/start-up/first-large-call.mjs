// A fresh process: the first layer norm of a large tensor beside the later ones, in milliseconds. A call on two rows comes
// before, so that no compiling is in it (the last row of a tensor takes another way than those before it), and what it
// writes to has been written to, so that no page is mapped in it.
import { layerNormForward, ones, tensor, zeros } from 'normlayers';

const ROWS = 2048;
const LENGTH = 4096;
const LATER_CALLS = 15;

// A few rows over and over, which the oracle need not see more than once.
const few = Float32Array.from({ length: 64 * LENGTH }, (_, i) => Math.sin(i));
const parameters = { weight: ones([LENGTH]), bias: zeros([LENGTH]) };
layerNormForward(tensor(few.subarray(0, 2 * LENGTH), [2, LENGTH]), LENGTH, parameters);

const x = zeros([ROWS, LENGTH]);
const out = ones([ROWS, LENGTH]);
for (let at = 0; at < x.size; at += few.length) x.data.set(few, at);

const options = { ...parameters, out };
const start = performance.now();
const { saved } = layerNormForward(x, LENGTH, options);
const first = performance.now() - start;

const later = Array.from({ length: LATER_CALLS }, () => {
  const before = performance.now();
  layerNormForward(x, LENGTH, { ...options, reuse: saved });
  return performance.now() - before;
});

const { median } = await import('../rounds.mjs');
const { answer } = await import('./answer.mjs');
answer({ first, later: median(later) }, { x: few, y: out.data, length: LENGTH });
