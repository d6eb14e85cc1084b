// The textbook in float32: mean, then variance around it, one sum for each, every operation rounded. It is measured for
// its error only: what float32 comes to without any care.
import { layout } from '../oracle.mjs';

const f = Math.fround;

/** @type {import('../cases.d.mts').Subject} */
export default {
  name: 'pure JS, float32',
  async prepare(spec, inputs) {
    const map = layout(spec, inputs.x.length);
    let outputs;
    const run = () => {
      const statistics = spec.pass === 'eval' ? running(spec, inputs) : moments(spec, inputs.x, map);
      outputs =
        spec.pass === 'backward' ? backward(spec, inputs, map, statistics) : forward(spec, inputs, map, statistics);
    };
    return { run, outputs: () => outputs, dispose() {} };
  },
};

function sums(index, count, term) {
  const total = new Float32Array(count);
  for (let i = 0; i < index.length; i += 1) total[index[i]] += f(term(i));
  return total;
}

const reciprocalDeviation = (variance, eps) => f(1 / f(Math.sqrt(f(variance + f(eps)))));

function moments({ op, eps }, x, { statistic, statistics, count }) {
  let mean = new Float32Array(statistics);
  if (op !== 'rmsNorm') mean = sums(statistic, statistics, (i) => x[i]).map((sum) => sum / count);
  const centred = (i) => f(x[i] - mean[statistic[i]]);
  const squares = sums(statistic, statistics, (i) => centred(i) * centred(i));
  return { mean, rstd: squares.map((sum) => reciprocalDeviation(f(sum / count), eps)) };
}

const running = ({ eps }, { runningMean, runningVar }) => ({
  mean: runningMean,
  rstd: runningVar.map((value) => reciprocalDeviation(value, eps)),
});

const normalize = (x, { statistic }, { mean, rstd }) =>
  x.map((value, i) => f(value - mean[statistic[i]]) * rstd[statistic[i]]);

function forward({ op }, { x, weight, bias }, map, statistics) {
  const scaled = normalize(x, map, statistics).map((value, i) => value * weight[map.parameter[i]]);
  return { y: op === 'rmsNorm' ? scaled : scaled.map((value, i) => value + bias[map.parameter[i]]) };
}

function backward({ op }, { x, dy, weight }, map, statistics) {
  const { statistic, parameter, count, parameters } = map;
  const normalized = normalize(x, map, statistics);
  const g = dy.map((value, i) => value * weight[parameter[i]]);
  const centred = op !== 'rmsNorm';
  const meanG = sums(statistic, map.statistics, (i) => g[i]).map((sum) => (centred ? sum / count : 0));
  const meanGx = sums(statistic, map.statistics, (i) => g[i] * normalized[i]).map((sum) => sum / count);
  const dx = g.map((value, i) => {
    const k = statistic[i];
    return statistics.rstd[k] * f(f(value - meanG[k]) - f(normalized[i] * meanGx[k]));
  });
  const dweight = sums(parameter, parameters, (i) => dy[i] * normalized[i]);
  return { dx, dweight, dbias: centred ? sums(parameter, parameters, (i) => dy[i]) : null };
}
