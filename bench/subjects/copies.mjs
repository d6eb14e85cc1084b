// The library for one whose data is in plain arrays: each call copies its operands in and its results out.
// Tensors are made once, as are the arrays that take the results; parameters stay, as they do in a layer.
import * as nl from 'normlayers';
import { parameterShape } from '../cases.mjs';

/** @type {import('../cases.d.mts').Subject} */
export default {
  name: 'normlayers, with copies',
  async prepare(spec, inputs) {
    const tensors = {
      x: nl.empty(spec.shape),
      weight: nl.tensor(inputs.weight, parameterShape(spec)),
      bias: spec.op === 'rmsNorm' ? null : nl.tensor(inputs.bias, parameterShape(spec)),
    };
    const { call, results, release } =
      spec.pass === 'backward' ? backward(spec, tensors, inputs) : forward(spec, tensors, inputs);
    const arrays = Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [name, tensor && new Float32Array(tensor.size)]),
    );
    return {
      run() {
        tensors.x.copyFrom(inputs.x);
        call();
        for (const name in results) arrays[name]?.set(results[name].data);
      },
      outputs: () => arrays,
      dispose() {
        release();
        for (const tensor of Object.values({ ...tensors, ...results })) tensor?.dispose();
      },
    };
  },
};

function forward(spec, { x, weight, bias }, { runningMean, runningVar }) {
  const parameters = parameterShape(spec);
  const running = spec.op === 'batchNorm' && {
    runningMean: nl.tensor(runningMean, parameters),
    runningVar: nl.tensor(runningVar, parameters),
    mode: spec.pass === 'eval' ? 'eval' : 'train',
  };
  const y = nl.empty(spec.shape);
  const call = bound(nl[spec.op], spec, x, { weight, bias, ...running, out: y });
  const release = () => {
    if (!running) return;
    running.runningMean.dispose();
    running.runningVar.dispose();
  };
  return { call, results: { y }, release };
}

/** From the inputs alone: what is kept between calls is plain arrays, so the statistics are made anew. */
function backward(spec, { x, weight, bias }, inputs) {
  const dy = nl.empty(spec.shape);
  const out = {
    dx: nl.empty(spec.shape),
    dweight: nl.empty(weight.shape),
    dbias: bias && nl.empty(bias.shape),
  };
  const differentiate = bound((...args) => nl[`${spec.op}Backward`](dy, ...args), spec, x, {
    weight,
    bias,
    out: present(out),
  });
  const call = () => {
    dy.copyFrom(inputs.dy);
    differentiate();
  };
  return { call, results: out, release: () => dy.dispose() };
}

const present = (out) => Object.fromEntries(Object.entries(out).filter(([, tensor]) => tensor));

/** The function with the second argument and the options that the operation takes. */
function bound(run, spec, x, more) {
  const options = { eps: spec.eps, ...more };
  if (spec.op === 'layerNorm' || spec.op === 'rmsNorm') {
    const shape = parameterShape(spec);
    return () => run(x, shape, options);
  }
  options.channelAxis = spec.layout === 'channelsLast' ? -1 : 1;
  return spec.op === 'groupNorm' ? () => run(x, spec.groups, options) : () => run(x, options);
}
