// Channels last: rows of channels, four at a time, under batch norm and under group and instance norm.
import { sum } from './spans.mjs';
import { inverseDeviation, MOMENTUM } from './statistics.mjs';

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

export function batchColumnsForward({ x, y, weight, bias, mean, rstd, runningMean, runningVar, n, c, s, eps, p, q }) {
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

export function batchColumnsEvaluate({ x, y, weight, bias, runningMean, runningVar, n, c, s, eps, p, q }) {
  for (let k = 0; k < c; k += 1) {
    p[k] = weight[k] * inverseDeviation(runningVar[k], eps);
    q[k] = bias[k] - runningMean[k] * p[k];
  }
  columnScaleShift(x, y, 0, n * s, c, p, q);
}

export function batchColumnsBackward({ dy, x, weight, mean, rstd, dx, dweight, dbias, n, c, s, p, q, r }) {
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

export function groupColumnsForward({ x, y, weight, bias, mean, rstd, n, c, s, groups, eps, p, q, r }) {
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

export function groupColumnsBackward({ dy, x, weight, mean, rstd, dx, dweight, dbias, n, c, s, groups, p, q, r }) {
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
