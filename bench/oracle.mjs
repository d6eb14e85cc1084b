// What the operations mean, in float64 with compensated sums: the reference that every subject is checked against.
// It knows an element only by the statistic and the parameter it belongs to, so it shares nothing with any kernel.
import { parameterShape } from './cases.mjs';

/** The unit of all errors here: an ulp of 1 in float32. */
export const UNIT = 2 ** -23;

// A result below float32's normal range is still rounded to a multiple of its least number.
const LEAST = 2 ** -149;

/**
 * The exact outputs of a case, each with the scale its error is measured by: `{ y: { exact, scale } }`, or dx, dweight
 * and dbias. Scales are those of the bounds in docs/accuracy.md.
 */
export function expectation(spec, inputs) {
  const map = layout(spec, inputs.x.length);
  const statistics = spec.pass === 'eval' ? running(spec, inputs) : moments(spec, inputs.x, map);
  return spec.pass === 'backward' ? gradients(spec, inputs, map, statistics) : forward(spec, inputs, map, statistics);
}

/** The largest error of each output in units of its scale; infinite for what is missing or not a number. */
export function errors(expected, outputs) {
  const worst = {};
  for (const [name, { exact, scale }] of Object.entries(expected)) {
    const got = outputs[name];
    worst[name] = got?.length === exact.length ? worstOf(got, exact, scale) : Number.POSITIVE_INFINITY;
  }
  return worst;
}

function worstOf(got, exact, scale) {
  let worst = 0;
  for (let i = 0; i < exact.length; i += 1) {
    const error = Math.abs(got[i] - exact[i]) / (UNIT * scale[i] + LEAST);
    if (!(error <= worst)) {
      if (Number.isNaN(error)) return Number.POSITIVE_INFINITY;
      worst = error;
    }
  }
  return worst;
}

const product = (values) => values.reduce((a, b) => a * b, 1);

/** Which statistic and which parameter each element belongs to, and how many elements share a statistic. */
export function layout(spec, size) {
  const statistic = new Int32Array(size);
  const parameter = new Int32Array(size);
  if (spec.op === 'layerNorm' || spec.op === 'rmsNorm') {
    const length = product(parameterShape(spec));
    for (let row = 0, i = 0; i < size; row += 1) {
      for (let j = 0; j < length; j += 1, i += 1) {
        statistic[i] = row;
        parameter[i] = j;
      }
    }
    return { statistic, parameter, statistics: size / length, parameters: length, count: length };
  }
  const [c] = parameterShape(spec);
  const n = spec.shape[0];
  const s = size / n / c;
  const groups = spec.op === 'groupNorm' ? spec.groups : c;
  const shared = spec.op === 'batchNorm';
  const last = spec.layout === 'channelsLast';
  for (let image = 0, i = 0; image < n; image += 1) {
    for (let a = 0; a < (last ? s : c); a += 1) {
      for (let b = 0; b < (last ? c : s); b += 1, i += 1) {
        const channel = last ? b : a;
        const group = Math.floor((channel * groups) / c);
        statistic[i] = shared ? channel : image * groups + group;
        parameter[i] = channel;
      }
    }
  }
  const statistics = shared ? c : n * groups;
  return { statistic, parameter, statistics, parameters: c, count: size / statistics };
}

/** Neumaier's sums of what `term` gives for each element, one sum for each value of `index`. */
function sums(index, count, term) {
  const total = new Float64Array(count);
  const lost = new Float64Array(count);
  for (let i = 0; i < index.length; i += 1) {
    const k = index[i];
    const value = term(i);
    const before = total[k];
    const after = before + value;
    lost[k] += Math.abs(before) >= Math.abs(value) ? before - after + value : value - after + before;
    total[k] = after;
  }
  return total.map((value, k) => value + lost[k]);
}

function moments({ op, eps }, x, { statistic, statistics, count }) {
  let mean = new Float64Array(statistics);
  if (op !== 'rmsNorm') {
    mean = sums(statistic, statistics, (i) => x[i]).map((sum) => sum / count);
  }
  const squares = sums(statistic, statistics, (i) => (x[i] - mean[statistic[i]]) ** 2);
  return { mean, rstd: squares.map((sum) => reciprocalDeviation(sum / count, eps)) };
}

function running({ eps }, { runningMean, runningVar }) {
  return {
    mean: Float64Array.from(runningMean),
    rstd: Float64Array.from(runningVar, (value) => reciprocalDeviation(value, eps)),
  };
}

const reciprocalDeviation = (variance, eps) => (variance + eps === 0 ? 0 : 1 / Math.sqrt(variance + eps));

function forward({ op }, { x, weight, bias }, { statistic, parameter }, { mean, rstd }) {
  const exact = new Float64Array(x.length);
  const scale = new Float64Array(x.length);
  for (let i = 0; i < x.length; i += 1) {
    const normalized = (x[i] - mean[statistic[i]]) * rstd[statistic[i]];
    const w = weight[parameter[i]];
    const b = op === 'rmsNorm' ? 0 : bias[parameter[i]];
    exact[i] = normalized * w + b;
    scale[i] = Math.max(Math.abs(w) * Math.max(Math.abs(normalized), 1), Math.abs(b));
  }
  return { y: { exact, scale } };
}

function gradients({ op }, { x, dy, weight }, map, { mean, rstd }) {
  const { statistic, parameter, statistics, parameters, count } = map;
  const normalized = x.length
    ? Float64Array.from(x, (value, i) => (value - mean[statistic[i]]) * rstd[statistic[i]])
    : [];
  const g = (i) => dy[i] * weight[parameter[i]];
  const centred = op !== 'rmsNorm';
  const meanG = sums(statistic, statistics, g).map((sum) => (centred ? sum / count : 0));
  const meanGx = sums(statistic, statistics, (i) => g(i) * normalized[i]).map((sum) => sum / count);
  const largest = new Float64Array(statistics);
  for (let i = 0; i < x.length; i += 1) largest[statistic[i]] = Math.max(largest[statistic[i]], Math.abs(g(i)));

  const dx = { exact: new Float64Array(x.length), scale: new Float64Array(x.length) };
  for (let i = 0; i < x.length; i += 1) {
    const k = statistic[i];
    dx.exact[i] = rstd[k] * (g(i) - meanG[k] - normalized[i] * meanGx[k]);
    dx.scale[i] = rstd[k] * largest[k] * (1 + Math.abs(normalized[i]));
  }
  const perParameter = (term) => sums(parameter, parameters, term);
  const dweight = {
    exact: perParameter((i) => dy[i] * normalized[i]),
    scale: perParameter((i) => Math.abs(dy[i]) * Math.max(Math.abs(normalized[i]), 1)),
  };
  if (op === 'rmsNorm') return { dx, dweight };
  const dbias = { exact: perParameter((i) => dy[i]), scale: perParameter((i) => Math.abs(dy[i])) };
  return { dx, dweight, dbias };
}
