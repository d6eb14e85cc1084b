// The operations in JavaScript alone, as fast as we know to write them: what the WebAssembly kernels are measured against.
//
// Typed arrays; sums in double precision, which costs JavaScript nothing since it computes in it anyway; four independent
// accumulators, since one would wait for each addition; loops unrolled by four; the mean found first and the variance
// around it, so that the result is exact; and one multiply and one add for each element of the output.
// Contiguous statistics are swept span by span, channels last four rows at a time with one accumulator a channel.
import {
  batchColumnsBackward,
  batchColumnsEvaluate,
  batchColumnsForward,
  groupColumnsBackward,
  groupColumnsForward,
} from './pure-js/columns.mjs';
import { batchBackward, batchEvaluate, batchForward, groupBackward, groupForward } from './pure-js/planes.mjs';
import { layerBackward, layerForward, rmsBackward, rmsForward } from './pure-js/rows.mjs';

/** @type {import('../cases.d.mts').Subject} */
export default {
  name: 'pure JS',
  async prepare(spec, inputs) {
    const operands = operandsOf(spec, inputs);
    const { forward, evaluate, backward } = kernelsFor(spec);
    if (spec.pass === 'backward') {
      forward(operands);
      return subject(
        () => backward(operands),
        () => ({
          dx: operands.dx,
          dweight: operands.dweight,
          dbias: spec.op === 'rmsNorm' ? null : operands.dbias,
        }),
      );
    }
    const run = spec.pass === 'eval' ? evaluate : forward;
    return subject(
      () => run(operands),
      () => ({ y: operands.y }),
    );
  },
};

const subject = (run, outputs) => ({ run, outputs, dispose() {} });

const product = (values) => values.reduce((a, b) => a * b, 1);

function operandsOf(spec, { x, dy, weight, bias, runningMean, runningVar }) {
  const { shape, layout = 'channelsFirst', eps, normalizedAxes = 1 } = spec;
  const shared = { x, dy, weight, bias, eps, y: new Float32Array(x.length), dx: new Float32Array(x.length) };
  const parameters = { dweight: new Float32Array(weight.length), dbias: new Float32Array(weight.length) };
  if (spec.op === 'layerNorm' || spec.op === 'rmsNorm') {
    const length = product(shape.slice(-normalizedAxes));
    const rows = x.length / length;
    return { ...shared, ...parameters, rows, length, ...statistics(rows), ...columns(length) };
  }
  const c = layout === 'channelsLast' ? shape.at(-1) : shape[1];
  const n = shape[0];
  const s = x.length / n / c;
  const groups = spec.op === 'groupNorm' ? spec.groups : c;
  const running = { runningMean: runningMean.slice(), runningVar: runningVar.slice() };
  return {
    ...shared,
    ...parameters,
    ...running,
    n,
    c,
    s,
    groups,
    ...statistics(spec.op === 'batchNorm' ? c : n * groups),
    ...columns(c),
  };
}

const statistics = (count) => ({ mean: new Float64Array(count), rstd: new Float64Array(count) });
const columns = (count) => ({
  p: new Float64Array(count),
  q: new Float64Array(count),
  r: new Float64Array(count),
});

function kernelsFor({ op, shape, layout }) {
  if (op === 'layerNorm') return { forward: layerForward, backward: layerBackward };
  if (op === 'rmsNorm') return { forward: rmsForward, backward: rmsBackward };
  const byColumns = layout === 'channelsLast' || shape.length === 2;
  if (op === 'batchNorm') {
    return byColumns
      ? { forward: batchColumnsForward, evaluate: batchColumnsEvaluate, backward: batchColumnsBackward }
      : { forward: batchForward, evaluate: batchEvaluate, backward: batchBackward };
  }
  return byColumns
    ? { forward: groupColumnsForward, backward: groupColumnsBackward }
    : { forward: groupForward, backward: groupBackward };
}
