// Channels first: batch, group and instance norm. A channel of an image is a span, which has one weight.
import { combine, dotCentred, scaleShift, sum, sumOfSquares } from './spans.mjs';
import { inverseDeviation, MOMENTUM } from './statistics.mjs';

// Batch norm: the spans of one channel, image after image.

export function batchForward({ x, y, weight, bias, mean, rstd, runningMean, runningVar, n, c, s, eps }) {
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

export function batchEvaluate({ x, y, weight, bias, runningMean, runningVar, n, c, s, eps }) {
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < c; k += 1) {
      const scale = weight[k] * inverseDeviation(runningVar[k], eps);
      scaleShift(x, y, (i * c + k) * s, (i * c + k + 1) * s, scale, bias[k] - runningMean[k] * scale);
    }
  }
}

export function batchBackward({ dy, x, weight, mean, rstd, dx, dweight, dbias, n, c, s }) {
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

// Group and instance norm: one contiguous span a group.

export function groupForward({ x, y, weight, bias, mean, rstd, n, c, s, groups, eps }) {
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

export function groupBackward({ dy, x, weight, mean, rstd, dx, dweight, dbias, n, c, s, groups, p, q }) {
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
