// Layer and RMS norm: one statistic a row, one weight an element.
import { sum, sumOfSquares } from './spans.mjs';
import { inverseDeviation } from './statistics.mjs';

export function layerForward({ x, y, weight, bias, mean, rstd, rows, length, eps }) {
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

export function layerBackward({ dy, x, weight, mean, rstd, dx, dweight, dbias, rows, length, p, q }) {
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

export function rmsForward({ x, y, weight, rstd, rows, length, eps }) {
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

export function rmsBackward({ dy, x, weight, rstd, dx, dweight, rows, length, p }) {
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
