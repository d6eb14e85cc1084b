// The program that every place runs: a few operations forward and backward over both layouts, with a layer, a function
// and a saved state, and the hash of all bits that come out. It is given the API, since places import it in many ways, and
// uses nothing that an AudioWorklet lacks.

const values = (size, step) => Float32Array.from({ length: size }, (_, i) => ((i * step) % 97) / 7 - 6);

/** Two hashes of 32 bits side by side, over the words of float32 results. */
function hashOf(results) {
  let [a, b] = [0x9e3779b9, 0x85ebca6b];
  for (const { data } of results) {
    for (const word of new Uint32Array(data.buffer, data.byteOffset, data.length)) {
      a = Math.imul(a ^ word, 0xcc9e2d51);
      a ^= a >>> 15;
      b = Math.imul(b + word, 0x1b873593);
      b ^= b >>> 13;
    }
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Everything: layers, functions, saved states, channels first and last. */
export function answer({
  BatchNorm,
  LayerNorm,
  backward,
  groupNorm,
  groupNormBackward,
  rmsNormForward,
  scope,
  tensor,
}) {
  return scope(() => {
    const x = tensor(values(2 * 6 * 35, 37), [2, 6, 35]);
    const dy = tensor(values(2 * 6 * 35, 53), [2, 6, 35]);
    const results = [];
    const layer = new LayerNorm([6, 35]);
    const batch = new BatchNorm(35, { channelAxis: -1 });
    for (const norm of [layer, batch]) {
      results.push(norm.forward(x), norm.backward(dy), ...norm.parameters().map(({ grad }) => grad));
    }
    const { y, saved } = rmsNormForward(x, 35, { weight: tensor(values(35, 29)) });
    const { dx, dweight } = backward(saved, dy);
    results.push(y, dx, dweight, groupNorm(x, 3), groupNormBackward(dy, x, 3).dx);
    const hash = hashOf(results);
    layer.dispose();
    batch.dispose();
    return { hash };
  });
}

/** One operation, for bundles that hold no more. */
export function answerAlone({ layerNorm, tensor }) {
  return { hash: hashOf([layerNorm(tensor(values(70, 37), [2, 35]), 35)]) };
}

/** What `ask` answers, or what it threw, as an object that can be posted. */
export function attempt(ask) {
  try {
    return ask();
  } catch ({ code, message }) {
    return { refused: { code, message } };
  }
}
