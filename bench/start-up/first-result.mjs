// A fresh process: from the import of the package to the first result of a layer norm, in milliseconds.
const ROWS = 64;
const LENGTH = 128;
const x = Float32Array.from({ length: ROWS * LENGTH }, (_, i) => Math.sin(i));

const start = performance.now();
const { layerNorm, tensor } = await import('normlayers');
const imported = performance.now();
const y = layerNorm(tensor(x, [ROWS, LENGTH]), LENGTH).toTypedArray();
const done = performance.now();

// Imported after all that is timed, which it would warm.
const { answer } = await import('./answer.mjs');
answer({ total: done - start, import: imported - start, call: done - imported }, { x, y, length: LENGTH });
