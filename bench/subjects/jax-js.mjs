// jax-js on its WebAssembly backend: norms composed and compiled by its jit. It has no backward apart from its forward:
// vjp runs both.
import { defaultDevice, init, jit, numpy as np, vjp } from '@jax-js/jax';
import { composition } from './composition.mjs';

await init('wasm');
defaultDevice('wasm');

const MOMENTUM = 0.1;

/** @type {import('../cases.d.mts').OutsideSubject} */
export default {
  name: 'jax-js, wasm',
  async prepare(spec, inputs) {
    const shapes = composition(spec);
    const array = (values, shape) => np.array(values).reshape(shape);
    const perChannel = (name) => array(inputs[name], shapes.parameters);
    const operands = [array(inputs.x, spec.shape), perChannel('weight')];
    if (spec.op !== 'rmsNorm') operands.push(perChannel('bias'));
    const normalize = (x, w, b) => normalized(spec, shapes, x.reshape(shapes.view), w, b).reshape(spec.shape);
    let compiled = jit((...args) => [normalize(...args)]);
    if (spec.pass === 'backward') {
      operands.push(array(inputs.dy, spec.shape));
      compiled = jit((...args) => {
        const [y, pull] = vjp(normalize, args.slice(0, -1));
        y.dispose();
        return pull(args.at(-1));
      });
    } else if (spec.op === 'batchNorm') {
      operands.push(perChannel('runningMean'), perChannel('runningVar'));
      compiled = jit((...args) => (spec.pass === 'eval' ? [affine(spec, ...args)] : trained(spec, shapes, ...args)));
    }
    let results = [];
    return {
      note: spec.pass === 'backward' ? 'with its forward' : undefined,
      async run() {
        for (const result of results) result.dispose();
        results = compiled(...operands.map((operand) => operand.ref));
        for (const result of results) await result.blockUntilReady();
      },
      async outputs() {
        const [first, dweight, dbias] = await Promise.all(results.map((result) => result.ref.data()));
        return spec.pass === 'backward' ? { dx: first, dweight, dbias } : { y: first };
      },
      dispose() {
        for (const array of [...results, ...operands]) array.dispose();
        compiled.dispose?.();
      },
    };
  },
};

const reciprocalRoot = (value) => np.reciprocal(np.sqrt(value));

// An argument is used up where it is passed; `.ref` keeps it for another use.

function normalized({ op, eps }, { axes }, x, weight, bias) {
  const centred = op === 'rmsNorm' ? x : x.ref.sub(np.mean(x, axes, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), axes, { keepdims: true });
  const y = centred.mul(reciprocalRoot(variance.add(eps))).mul(weight);
  return bias ? y.add(bias) : y;
}

const affine = ({ eps }, x, weight, bias, mean, variance) =>
  x
    .sub(mean)
    .mul(reciprocalRoot(variance.add(eps)).mul(weight))
    .add(bias);

/** y, and the running statistics moved towards those of the batch. */
function trained(spec, { axes }, x, weight, bias, runningMean, runningVar) {
  const mean = np.mean(x.ref, axes, { keepdims: true });
  const variance = np.mean(np.square(x.ref.sub(mean.ref)), axes, { keepdims: true });
  const towards = (old, value) => old.mul(1 - MOMENTUM).add(value.mul(MOMENTUM));
  const running = [towards(runningMean, mean.ref), towards(runningVar, variance.ref)];
  return [affine(spec, x, weight, bias, mean, variance), ...running];
}
