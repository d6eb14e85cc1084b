// Loops over one contiguous span, from which rows and planes are put together.

export function sum(x, from, to) {
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

export function sumOfSquares(x, from, to, mean) {
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

export function dotCentred(dy, x, from, to, mean) {
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
export function scaleShift(x, y, from, to, scale, shift) {
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
export function combine(dy, x, dx, from, to, a, b, c) {
  let i = from;
  for (const end = to - 3; i < end; i += 4) {
    dx[i] = dy[i] * a + x[i] * b + c;
    dx[i + 1] = dy[i + 1] * a + x[i + 1] * b + c;
    dx[i + 2] = dy[i + 2] * a + x[i + 2] * b + c;
    dx[i + 3] = dy[i + 3] * a + x[i + 3] * b + c;
  }
  for (; i < to; i += 1) dx[i] = dy[i] * a + x[i] * b + c;
}
