// Equality to the last bit, NaN compared as NaN.

// In jest’s realm a global costs a slow look-up each time: not in loops over millions of elements.
const { is: same } = Object;

type Floats = Float32Array | Float64Array;

export function sameBits(a: Floats, b: Floats): boolean {
  return a.length === b.length && a.every((value, i) => same(value, b[i]));
}

export function expectSameBits(actual: Floats | undefined, expected: Floats | undefined, what: string): void {
  if (actual === undefined && expected === undefined) return;
  if (!actual || !expected || actual.length !== expected.length) {
    throw new Error(`${what}: ${actual?.length} elements, expected ${expected?.length}`);
  }
  for (let i = 0; i < actual.length; i++) {
    if (!same(actual[i], expected[i])) {
      throw new Error(`${what}[${i}] is ${actual[i]}, expected ${expected[i]} to the last bit`);
    }
  }
}
