// The library as a training loop uses it: every operand made once, results into `out`, saved state reused.
import * as nl from 'normlayers';
import { parameterShape } from '../cases.mjs';

/** @type {import('../cases.d.mts').Subject} */
export default {
  name: 'normlayers',
  async prepare(spec, inputs) {
    const tensors = new Set();
    const own = (tensor) => {
      tensors.add(tensor);
      return tensor;
    };
    const like = (name, shape) => own(nl.tensor(inputs[name], shape));
    const parameters = parameterShape(spec);
    const x = like('x', spec.shape);
    const operands = {
      weight: like('weight', parameters),
      bias: spec.op === 'rmsNorm' ? null : like('bias', parameters),
      running: spec.op === 'batchNorm' && {
        runningMean: like('runningMean', parameters),
        runningVar: like('runningVar', parameters),
      },
    };
    const prepared =
      spec.pass === 'backward'
        ? backward(spec, x, operands, like('dy', spec.shape), own)
        : forward(spec, x, operands, own(nl.empty(spec.shape)));
    return {
      ...prepared,
      dispose() {
        prepared.release?.();
        for (const tensor of tensors) tensor.dispose();
      },
    };
  },
};

function forward(spec, x, operands, out) {
  const outputs = () => ({ y: out.data });
  if (spec.pass === 'eval') {
    const evaluate = operation(nl[spec.op], spec, x, operands, { mode: 'eval', out });
    return { run: () => void evaluate(), outputs };
  }
  const training = operands.running && { mode: 'train' };
  const save = (more) => operation(nl[`${spec.op}Forward`], spec, x, operands, { ...training, out, ...more });
  const { saved } = save()();
  const again = save({ reuse: saved });
  return { run: () => void again(), outputs, release: () => saved.dispose() };
}

function backward(spec, x, { weight, bias }, dy, own) {
  // Statistics of this batch, without running ones: they play no part in a backward.
  const { y, saved } = operation(nl[`${spec.op}Forward`], spec, x, { weight, bias }, {})();
  y.dispose();
  const out = {
    dx: own(nl.empty(spec.shape)),
    dweight: own(nl.empty(weight.shape)),
    ...(bias && { dbias: own(nl.empty(bias.shape)) }),
  };
  const options = { out };
  return {
    run: () => void nl.backward(saved, dy, options),
    outputs: () => ({ dx: out.dx.data, dweight: out.dweight.data, dbias: out.dbias?.data ?? null }),
    release: () => saved.dispose(),
  };
}

/** The operation bound to its operands and options, with a second argument where it has one. */
function operation(run, spec, x, { weight, bias, running }, more) {
  const options = { weight, bias, eps: spec.eps, ...running, ...more };
  if (spec.op === 'layerNorm' || spec.op === 'rmsNorm') {
    const shape = parameterShape(spec);
    return () => run(x, shape, options);
  }
  options.channelAxis = spec.layout === 'channelsLast' ? -1 : 1;
  return spec.op === 'groupNorm' ? () => run(x, spec.groups, options) : () => run(x, options);
}
