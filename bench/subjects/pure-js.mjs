// The operations in JavaScript alone, as fast as we know to write them: what the WebAssembly kernels are measured against.
//
// Typed arrays; sums in double precision, which costs JavaScript nothing since it computes in it anyway; four independent
// accumulators, since one would wait for each addition; loops unrolled by four; the mean found first and the variance
// around it, so that the result is exact; and one multiply and one add for each element of the output.
// Contiguous statistics are swept span by span, channels last four rows at a time with one accumulator a channel.

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

const MOMENTUM = 0.1;

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

const inverseDeviation = (variance, eps) => 1 / Math.sqrt(variance + eps);

// Contiguous spans: the building blocks.

function sum(x, from, to) {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = from;
  for (const end = to - 3; i < end; i += 4) {
    a += x[i];
    b += x[i + 1];
    c += x[i + 2];
    d += x[i + 3];
  }
  for (; i < to; i += 1) a += x[i];
  return a + b + (c + d);
}

function sumOfSquares(x, from, to, mean) {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = from;
  for (const end = to - 3; i < end; i += 4) {
    const e = x[i] - mean;
    const f = x[i + 1] - mean;
    const g = x[i + 2] - mean;
    const h = x[i + 3] - mean;
    a += e * e;
    b += f * f;
    c += g * g;
    d += h * h;
  }
  for (; i < to; i += 1) a += (x[i] - mean) * (x[i] - mean);
  return a + b + (c + d);
}

function dotCentred(dy, x, from, to, mean) {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = from;
  for (const end = to - 3; i < end; i += 4) {
    a += dy[i] * (x[i] - mean);
    b += dy[i + 1] * (x[i + 1] - mean);
    c += dy[i + 2] * (x[i + 2] - mean);
    d += dy[i + 3] * (x[i + 3] - mean);
  }
  for (; i < to; i += 1) a += dy[i] * (x[i] - mean);
  return a + b + (c + d);
}

/** y = x·scale + shift. */
function scaleShift(x, y, from, to, scale, shift) {
  let i = from;
  for (const end = to - 3; i < end; i += 4) {
    y[i] = x[i] * scale + shift;
    y[i + 1] = x[i + 1] * scale + shift;
    y[i + 2] = x[i + 2] * scale + shift;
    y[i + 3] = x[i + 3] * scale + shift;
  }
  for (; i < to; i += 1) y[i] = x[i] * scale + shift;
}

/** dx = dy·a + x·b + c, which every backward with one weight a span comes down to. */
function combine(dy, x, dx, from, to, a, b, c) {
  let i = from;
  for (const end = to - 3; i < end; i += 4) {
    dx[i] = dy[i] * a + x[i] * b + c;
    dx[i + 1] = dy[i + 1] * a + x[i + 1] * b + c;
    dx[i + 2] = dy[i + 2] * a + x[i + 2] * b + c;
    dx[i + 3] = dy[i + 3] * a + x[i + 3] * b + c;
  }
  for (; i < to; i += 1) dx[i] = dy[i] * a + x[i] * b + c;
}

// Layer and RMS norm: one statistic a row, one weight an element.

function layerForward({ x, y, weight, bias, mean, rstd, rows, length, eps }) {
  for (let row = 0; row < rows; row += 1) {
    const from = row * length;
    const m = sum(x, from, from + length) / length;
    const r = inverseDeviation(sumOfSquares(x, from, from + length, m) / length, eps);
    mean[row] = m;
    rstd[row] = r;
    normalizeRow(x, y, weight, bias, from, length, m, r);
  }
}

function normalizeRow(x, y, weight, bias, from, length, m, r) {
  let j = 0;
  for (const end = length - 3; j < end; j += 4) {
    const i = from + j;
    y[i] = (x[i] - m) * r * weight[j] + bias[j];
    y[i + 1] = (x[i + 1] - m) * r * weight[j + 1] + bias[j + 1];
    y[i + 2] = (x[i + 2] - m) * r * weight[j + 2] + bias[j + 2];
    y[i + 3] = (x[i + 3] - m) * r * weight[j + 3] + bias[j + 3];
  }
  for (; j < length; j += 1) y[from + j] = (x[from + j] - m) * r * weight[j] + bias[j];
}

function layerBackward({ dy, x, weight, mean, rstd, dx, dweight, dbias, rows, length, p, q }) {
  p.fill(0);
  q.fill(0);
  for (let row = 0; row < rows; row += 1) {
    const from = row * length;
    const m = mean[row];
    const r = rstd[row];
    let g0 = 0;
    let g1 = 0;
    let gx0 = 0;
    let gx1 = 0;
    let j = 0;
    for (; j < length - 1; j += 2) {
      const i = from + j;
      const h0 = (x[i] - m) * r;
      const h1 = (x[i + 1] - m) * r;
      const d0 = dy[i];
      const d1 = dy[i + 1];
      p[j] += d0 * h0;
      p[j + 1] += d1 * h1;
      q[j] += d0;
      q[j + 1] += d1;
      const e0 = d0 * weight[j];
      const e1 = d1 * weight[j + 1];
      g0 += e0;
      g1 += e1;
      gx0 += e0 * h0;
      gx1 += e1 * h1;
    }
    for (; j < length; j += 1) {
      const h = (x[from + j] - m) * r;
      const d = dy[from + j];
      p[j] += d * h;
      q[j] += d;
      g0 += d * weight[j];
      gx0 += d * weight[j] * h;
    }
    const b = (-r * r * (gx0 + gx1)) / length;
    combineRow(dy, x, dx, weight, from, length, r, b, (-r * (g0 + g1)) / length - b * m);
  }
  dweight.set(p);
  dbias.set(q);
}

/** dx = dy·weight·r + x·b + c. */
function combineRow(dy, x, dx, weight, from, length, r, b, c) {
  let j = 0;
  for (const end = length - 3; j < end; j += 4) {
    const i = from + j;
    dx[i] = dy[i] * weight[j] * r + x[i] * b + c;
    dx[i + 1] = dy[i + 1] * weight[j + 1] * r + x[i + 1] * b + c;
    dx[i + 2] = dy[i + 2] * weight[j + 2] * r + x[i + 2] * b + c;
    dx[i + 3] = dy[i + 3] * weight[j + 3] * r + x[i + 3] * b + c;
  }
  for (; j < length; j += 1) dx[from + j] = dy[from + j] * weight[j] * r + x[from + j] * b + c;
}

function rmsForward({ x, y, weight, rstd, rows, length, eps }) {
  for (let row = 0; row < rows; row += 1) {
    const from = row * length;
    const r = inverseDeviation(sumOfSquares(x, from, from + length, 0) / length, eps);
    rstd[row] = r;
    scaleRow(x, y, weight, from, length, r);
  }
}

function scaleRow(x, y, weight, from, length, r) {
  let j = 0;
  for (const end = length - 3; j < end; j += 4) {
    const i = from + j;
    y[i] = x[i] * r * weight[j];
    y[i + 1] = x[i + 1] * r * weight[j + 1];
    y[i + 2] = x[i + 2] * r * weight[j + 2];
    y[i + 3] = x[i + 3] * r * weight[j + 3];
  }
  for (; j < length; j += 1) y[from + j] = x[from + j] * r * weight[j];
}

function rmsBackward({ dy, x, weight, rstd, dx, dweight, rows, length, p }) {
  p.fill(0);
  for (let row = 0; row < rows; row += 1) {
    const from = row * length;
    const r = rstd[row];
    let gx0 = 0;
    let gx1 = 0;
    let j = 0;
    for (; j < length - 1; j += 2) {
      const i = from + j;
      const e0 = dy[i] * x[i] * r;
      const e1 = dy[i + 1] * x[i + 1] * r;
      p[j] += e0;
      p[j + 1] += e1;
      gx0 += e0 * weight[j];
      gx1 += e1 * weight[j + 1];
    }
    for (; j < length; j += 1) {
      const e = dy[from + j] * x[from + j] * r;
      p[j] += e;
      gx0 += e * weight[j];
    }
    combineRow(dy, x, dx, weight, from, length, r, (-r * r * (gx0 + gx1)) / length, 0);
  }
  dweight.set(p);
}

// Batch norm, channels first: the spans of one channel, image after image.

function batchForward({ x, y, weight, bias, mean, rstd, runningMean, runningVar, n, c, s, eps }) {
  const count = n * s;
  for (let k = 0; k < c; k += 1) {
    let total = 0;
    for (let i = 0; i < n; i += 1) total += sum(x, (i * c + k) * s, (i * c + k + 1) * s);
    const m = total / count;
    total = 0;
    for (let i = 0; i < n; i += 1) total += sumOfSquares(x, (i * c + k) * s, (i * c + k + 1) * s, m);
    const r = inverseDeviation(total / count, eps);
    mean[k] = m;
    rstd[k] = r;
    runningMean[k] += MOMENTUM * (m - runningMean[k]);
    runningVar[k] += MOMENTUM * (total / (count - 1) - runningVar[k]);
    const scale = weight[k] * r;
    for (let i = 0; i < n; i += 1) scaleShift(x, y, (i * c + k) * s, (i * c + k + 1) * s, scale, bias[k] - m * scale);
  }
}

function batchEvaluate({ x, y, weight, bias, runningMean, runningVar, n, c, s, eps }) {
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < c; k += 1) {
      const scale = weight[k] * inverseDeviation(runningVar[k], eps);
      scaleShift(x, y, (i * c + k) * s, (i * c + k + 1) * s, scale, bias[k] - runningMean[k] * scale);
    }
  }
}

function batchBackward({ dy, x, weight, mean, rstd, dx, dweight, dbias, n, c, s }) {
  const count = n * s;
  for (let k = 0; k < c; k += 1) {
    const m = mean[k];
    const r = rstd[k];
    let g = 0;
    let gx = 0;
    for (let i = 0; i < n; i += 1) {
      g += sum(dy, (i * c + k) * s, (i * c + k + 1) * s);
      gx += dotCentred(dy, x, (i * c + k) * s, (i * c + k + 1) * s, m);
    }
    dweight[k] = gx * r;
    dbias[k] = g;
    const a = weight[k] * r;
    const b = (-a * r * r * gx) / count;
    for (let i = 0; i < n; i += 1)
      combine(dy, x, dx, (i * c + k) * s, (i * c + k + 1) * s, a, b, (-a * g) / count - b * m);
  }
}

// Group and instance norm, channels first: one contiguous span a group.

function groupForward({ x, y, weight, bias, mean, rstd, n, c, s, groups, eps }) {
  const channels = c / groups;
  const count = channels * s;
  for (let row = 0; row < n * groups; row += 1) {
    const from = row * count;
    const m = sum(x, from, from + count) / count;
    const r = inverseDeviation(sumOfSquares(x, from, from + count, m) / count, eps);
    mean[row] = m;
    rstd[row] = r;
    for (let j = 0; j < channels; j += 1) {
      const k = (row % groups) * channels + j;
      const scale = weight[k] * r;
      scaleShift(x, y, from + j * s, from + (j + 1) * s, scale, bias[k] - m * scale);
    }
  }
}

function groupBackward({ dy, x, weight, mean, rstd, dx, dweight, dbias, n, c, s, groups, p, q }) {
  const channels = c / groups;
  const count = channels * s;
  p.fill(0);
  q.fill(0);
  for (let row = 0; row < n * groups; row += 1) {
    const from = row * count;
    const m = mean[row];
    const r = rstd[row];
    let g = 0;
    let gx = 0;
    for (let j = 0; j < channels; j += 1) {
      const k = (row % groups) * channels + j;
      const d = sum(dy, from + j * s, from + (j + 1) * s);
      const e = dotCentred(dy, x, from + j * s, from + (j + 1) * s, m);
      p[k] += e * r;
      q[k] += d;
      g += d * weight[k];
      gx += e * weight[k];
    }
    const b = (-r * r * r * gx) / count;
    const shift = (-r * g) / count - b * m;
    for (let j = 0; j < channels; j += 1) {
      const k = (row % groups) * channels + j;
      combine(dy, x, dx, from + j * s, from + (j + 1) * s, weight[k] * r, b, shift);
    }
  }
  dweight.set(p);
  dbias.set(q);
}

// Channels last: rows of channels, four at a time.

function columnSums(x, from, rows, c, total) {
  total.fill(0);
  let row = 0;
  for (; row < rows - 3; row += 4) {
    const i = from + row * c;
    for (let k = 0; k < c; k += 1) total[k] += x[i + k] + x[i + c + k] + (x[i + 2 * c + k] + x[i + 3 * c + k]);
  }
  for (; row < rows; row += 1) for (let k = 0; k < c; k += 1) total[k] += x[from + row * c + k];
}

function columnSquares(x, from, rows, c, mean, total) {
  total.fill(0);
  let row = 0;
  for (; row < rows - 3; row += 4) {
    const i = from + row * c;
    for (let k = 0; k < c; k += 1) {
      const m = mean[k];
      const e = x[i + k] - m;
      const f = x[i + c + k] - m;
      const g = x[i + 2 * c + k] - m;
      const h = x[i + 3 * c + k] - m;
      total[k] += e * e + f * f + (g * g + h * h);
    }
  }
  for (; row < rows; row += 1) {
    for (let k = 0; k < c; k += 1) {
      const e = x[from + row * c + k] - mean[k];
      total[k] += e * e;
    }
  }
}

function columnDots(dy, x, from, rows, c, mean, g, gx) {
  g.fill(0);
  gx.fill(0);
  let row = 0;
  for (; row < rows - 1; row += 2) {
    const i = from + row * c;
    for (let k = 0; k < c; k += 1) {
      const d = dy[i + k];
      const e = dy[i + c + k];
      g[k] += d + e;
      gx[k] += d * (x[i + k] - mean[k]) + e * (x[i + c + k] - mean[k]);
    }
  }
  for (; row < rows; row += 1) {
    const i = from + row * c;
    for (let k = 0; k < c; k += 1) {
      g[k] += dy[i + k];
      gx[k] += dy[i + k] * (x[i + k] - mean[k]);
    }
  }
}

function columnScaleShift(x, y, from, rows, c, scale, shift) {
  for (let i = from; i < from + rows * c; i += c) {
    let k = 0;
    for (; k < c - 3; k += 4) {
      y[i + k] = x[i + k] * scale[k] + shift[k];
      y[i + k + 1] = x[i + k + 1] * scale[k + 1] + shift[k + 1];
      y[i + k + 2] = x[i + k + 2] * scale[k + 2] + shift[k + 2];
      y[i + k + 3] = x[i + k + 3] * scale[k + 3] + shift[k + 3];
    }
    for (; k < c; k += 1) y[i + k] = x[i + k] * scale[k] + shift[k];
  }
}

function columnCombine(dy, x, dx, from, rows, c, a, b, shift) {
  for (let i = from; i < from + rows * c; i += c) {
    let k = 0;
    for (; k < c - 1; k += 2) {
      dx[i + k] = dy[i + k] * a[k] + x[i + k] * b[k] + shift[k];
      dx[i + k + 1] = dy[i + k + 1] * a[k + 1] + x[i + k + 1] * b[k + 1] + shift[k + 1];
    }
    for (; k < c; k += 1) dx[i + k] = dy[i + k] * a[k] + x[i + k] * b[k] + shift[k];
  }
}

function batchColumnsForward({ x, y, weight, bias, mean, rstd, runningMean, runningVar, n, c, s, eps, p, q }) {
  const count = n * s;
  columnSums(x, 0, count, c, p);
  for (let k = 0; k < c; k += 1) mean[k] = p[k] / count;
  columnSquares(x, 0, count, c, mean, q);
  for (let k = 0; k < c; k += 1) {
    rstd[k] = inverseDeviation(q[k] / count, eps);
    runningMean[k] += MOMENTUM * (mean[k] - runningMean[k]);
    runningVar[k] += MOMENTUM * (q[k] / (count - 1) - runningVar[k]);
    p[k] = weight[k] * rstd[k];
    q[k] = bias[k] - mean[k] * p[k];
  }
  columnScaleShift(x, y, 0, count, c, p, q);
}

function batchColumnsEvaluate({ x, y, weight, bias, runningMean, runningVar, n, c, s, eps, p, q }) {
  for (let k = 0; k < c; k += 1) {
    p[k] = weight[k] * inverseDeviation(runningVar[k], eps);
    q[k] = bias[k] - runningMean[k] * p[k];
  }
  columnScaleShift(x, y, 0, n * s, c, p, q);
}

function batchColumnsBackward({ dy, x, weight, mean, rstd, dx, dweight, dbias, n, c, s, p, q, r }) {
  const count = n * s;
  columnDots(dy, x, 0, count, c, mean, p, q);
  for (let k = 0; k < c; k += 1) {
    const g = p[k];
    const gx = q[k];
    dweight[k] = gx * rstd[k];
    dbias[k] = g;
    p[k] = weight[k] * rstd[k];
    q[k] = (-p[k] * rstd[k] * rstd[k] * gx) / count;
    r[k] = (-p[k] * g) / count - q[k] * mean[k];
  }
  columnCombine(dy, x, dx, 0, count, c, p, q, r);
}

function groupColumnsForward({ x, y, weight, bias, mean, rstd, n, c, s, groups, eps, p, q, r }) {
  const channels = c / groups;
  const count = channels * s;
  for (let i = 0; i < n; i += 1) {
    const from = i * s * c;
    columnSums(x, from, s, c, p);
    for (let g = 0; g < groups; g += 1) {
      const m = sum(p, g * channels, (g + 1) * channels) / count;
      mean[i * groups + g] = m;
      r.fill(m, g * channels, (g + 1) * channels);
    }
    columnSquares(x, from, s, c, r, q);
    for (let g = 0; g < groups; g += 1) {
      const d = inverseDeviation(sum(q, g * channels, (g + 1) * channels) / count, eps);
      rstd[i * groups + g] = d;
      for (let k = g * channels; k < (g + 1) * channels; k += 1) {
        p[k] = weight[k] * d;
        q[k] = bias[k] - r[k] * p[k];
      }
    }
    columnScaleShift(x, y, from, s, c, p, q);
  }
}

function groupColumnsBackward({ dy, x, weight, mean, rstd, dx, dweight, dbias, n, c, s, groups, p, q, r }) {
  const channels = c / groups;
  const count = channels * s;
  const dw = new Float64Array(c);
  const db = new Float64Array(c);
  for (let i = 0; i < n; i += 1) {
    const from = i * s * c;
    for (let k = 0; k < c; k += 1) r[k] = mean[i * groups + Math.floor(k / channels)];
    columnDots(dy, x, from, s, c, r, p, q);
    for (let group = 0; group < groups; group += 1) {
      const d = rstd[i * groups + group];
      const m = mean[i * groups + group];
      let g = 0;
      let gx = 0;
      for (let k = group * channels; k < (group + 1) * channels; k += 1) {
        g += p[k] * weight[k];
        gx += q[k] * weight[k];
        dw[k] += q[k] * d;
        db[k] += p[k];
      }
      const b = (-d * d * d * gx) / count;
      for (let k = group * channels; k < (group + 1) * channels; k += 1) {
        p[k] = weight[k] * d;
        q[k] = b;
        r[k] = (-d * g) / count - b * m;
      }
    }
    columnCombine(dy, x, dx, from, s, c, p, q, r);
  }
  dweight.set(dw);
  dbias.set(db);
}
