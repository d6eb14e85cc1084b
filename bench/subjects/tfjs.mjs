// TensorFlow.js on its WebAssembly backend, one thread. Its only norm is an affine map with given statistics
// (tf.batchNorm, channels last); the rest is composed, as its own layers compose it. It has no backward apart from
// its forward: tf.grads runs both.
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { composition } from './composition.mjs';

const MOMENTUM = 0.1;

setWasmPaths(`${globalThis.PEERS}/@tensorflow/tfjs-backend-wasm/dist/`);
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
setThreadsCount(1);
await tf.setBackend('wasm');
await tf.ready();

/** @type {import('../cases.d.mts').OutsideSubject} */
export default {
  name: 'tfjs, wasm',
  async prepare(spec, inputs) {
    const shapes = composition(spec);
    const x = tf.tensor(inputs.x, spec.shape);
    const weight = tf.tensor(inputs.weight, shapes.parameters);
    const bias = tf.tensor(inputs.bias, shapes.parameters);
    const owned = [x, weight, bias];
    const running = [tf.tensor1d(inputs.runningMean), tf.tensor1d(inputs.runningVar)];
    const normalized = (input, w, b) => {
      const view = tf.reshape(input, shapes.view);
      const { y } = normalize(spec, shapes, view, w, b);
      return tf.reshape(y, spec.shape);
    };
    let call;
    if (spec.pass === 'backward') {
      const dy = tf.tensor(inputs.dy, spec.shape);
      owned.push(dy);
      const differentiate =
        spec.op === 'rmsNorm' ? tf.grads((input, w) => normalized(input, w, null)) : tf.grads(normalized);
      const operands = spec.op === 'rmsNorm' ? [x, weight] : [x, weight, bias];
      call = () => differentiate(operands, dy);
    } else if (spec.pass === 'eval') {
      call = () => [evaluate(spec, shapes, x, weight, bias, running)];
    } else if (spec.op === 'batchNorm') {
      call = () => [train(spec, shapes, x, weight, bias, running)];
    } else {
      call = () => [tf.tidy(() => normalized(x, weight, spec.op === 'rmsNorm' ? null : bias))];
    }
    let results = [];
    return {
      note: spec.pass === 'backward' ? 'with its forward' : undefined,
      run() {
        tf.dispose(results);
        results = call();
      },
      outputs() {
        const [first, dweight, dbias] = results.map((tensor) => tensor.dataSync());
        return spec.pass === 'backward' ? { dx: first, dweight, dbias } : { y: first };
      },
      dispose: () => tf.dispose([...results, ...owned, ...running]),
    };
  },
};

function normalize({ op, eps }, { axes }, x, weight, bias) {
  if (op === 'rmsNorm') {
    const meanSquare = tf.mean(tf.square(x), axes, true);
    return { y: tf.mul(tf.mul(x, tf.rsqrt(tf.add(meanSquare, eps))), weight) };
  }
  const { mean, variance } = tf.moments(x, axes, true);
  const factor = tf.mul(tf.rsqrt(tf.add(variance, eps)), weight);
  return { y: tf.add(tf.mul(tf.sub(x, mean), factor), bias), mean, variance };
}

/** The fused kernel where it serves: parameters along the last axis. */
function evaluate({ shape, layout, eps }, { parameters }, x, weight, bias, [mean, variance]) {
  return tf.tidy(() => {
    if (layout === 'channelsLast' || shape.length === 2) {
      const [w, b] = [weight, bias].map((tensor) => tf.reshape(tensor, [-1]));
      return tf.batchNorm(x, mean, variance, b, w, eps);
    }
    const [m, v] = [mean, variance].map((tensor) => tf.reshape(tensor, parameters));
    const factor = tf.mul(tf.rsqrt(tf.add(v, eps)), weight);
    return tf.add(tf.mul(tf.sub(x, m), factor), bias);
  });
}

/** Batch statistics; the running ones move towards them. */
function train(spec, shapes, x, weight, bias, running) {
  const [y, ...moved] = tf.tidy(() => {
    const { mean, variance } = tf.moments(x, shapes.axes, true);
    const found = [mean, variance].map((tensor) => tf.reshape(tensor, [-1]));
    const next = found.map((value, i) => tf.add(tf.mul(running[i], 1 - MOMENTUM), tf.mul(value, MOMENTUM)));
    if (spec.layout === 'channelsLast' || spec.shape.length === 2) {
      return [evaluate(spec, shapes, x, weight, bias, found), ...next];
    }
    const factor = tf.mul(tf.rsqrt(tf.add(variance, spec.eps)), weight);
    return [tf.add(tf.mul(tf.sub(x, mean), factor), bias), ...next];
  });
  tf.dispose(running);
  running.splice(0, 2, ...moved);
  return y;
}
