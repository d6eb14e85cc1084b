// Seeded random numbers: every run of the suite sees the same inputs.

// In jest’s realm a global costs a slow look-up each time: not in loops over millions of elements.
const { PI, cos, floor, imul, log, sqrt } = Math;

export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** A whole number in [from, to]. */
  integer(from: number, to: number): number;
}

export function random(seed: number): Random {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = imul(t ^ (t >>> 15), t | 1);
    t ^= t + imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    uniform,
    normal: () => sqrt(-2 * log(1 - uniform())) * cos(2 * PI * uniform()),
    integer: (from, to) => from + floor(uniform() * (to - from + 1)),
  };
}

export function normals(size: number, seed: number, mean = 0, spread = 1): Float32Array {
  const r = random(seed);
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = mean + spread * r.normal();
  return values;
}
