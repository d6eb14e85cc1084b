// onnxruntime-web on its WebAssembly backend, one thread: forward only, channels first, batch norm with running statistics
// only. Its tensors live outside its memory, so every call copies x in and y out: that is what its users pay.
import * as ort from 'onnxruntime-web';
import { model } from './onnx.mjs';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';
if (globalThis.PEERS_BY_URL) ort.env.wasm.wasmPaths = `${globalThis.PEERS}/onnxruntime-web/dist/`;

/** @type {import('../cases.d.mts').OutsideSubject} */
export default {
  name: 'onnxruntime-web',
  async prepare(spec, inputs) {
    const node = nodeFor(spec, inputs);
    if (!node) return null;
    const bytes = model({ ...node, shape: spec.shape });
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'], logSeverityLevel: 3 });
    const feeds = { x: new ort.Tensor('float32', inputs.x, spec.shape) };
    let results;
    return {
      async run() {
        results = await session.run(feeds);
      },
      outputs: () => ({ y: results.y.data }),
      dispose: () => session.release(),
    };
  },
};

function nodeFor({ op, pass, layout, eps, groups, normalizedAxes = 1 }, { weight, bias, runningMean, runningVar }) {
  const attributes = { epsilon: { float: eps } };
  const affine = { weight, bias };
  if (pass === 'backward' || layout === 'channelsLast') return null;
  switch (op) {
    case 'layerNorm':
      attributes.axis = { int: -normalizedAxes };
      return { op: 'LayerNormalization', opset: 17, initializers: affine, attributes };
    case 'rmsNorm':
      attributes.axis = { int: -normalizedAxes };
      return { op: 'RMSNormalization', opset: 23, initializers: { weight }, attributes };
    case 'instanceNorm':
      return { op: 'InstanceNormalization', opset: 17, initializers: affine, attributes };
    case 'groupNorm':
      attributes.num_groups = { int: groups };
      return { op: 'GroupNormalization', opset: 21, initializers: affine, attributes };
    default: {
      const initializers = { ...affine, runningMean, runningVar };
      return pass === 'eval' ? { op: 'BatchNormalization', opset: 15, initializers, attributes } : null;
    }
  }
}
