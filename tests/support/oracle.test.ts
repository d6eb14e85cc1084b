// The oracle is held to itself: its gradients are the finite differences of its own forward, for every geometry.
import { describe, expect, test } from '@jest/globals';
import { geometry } from './geometry.ts';
import * as oracle from './oracle.ts';
import { normals } from './random.ts';

const step = 1e-5;

const geometries = {
  'the last axis': geometry([3, 4], [0], [1]),
  'the last two axes': geometry([2, 3, 4], [0], [1, 2]),
  'batch and spatial axes': geometry([3, 2, 4], [1], [1]),
  'spatial axes of each channel': geometry([3, 4, 2], [0, 2], [2]),
  'groups of channels': geometry([2, 4, 3], [0, 1], [1], { axis: 1, parts: 2 }),
};

describe.each(Object.entries(geometries))('statistics over %s', (_, g) => {
  const x = Float64Array.from(normals(g.statistic.length, 1));
  const dy = Float64Array.from(normals(x.length, 2));
  const weight = Float64Array.from(normals(g.parameters, 3, 1, 0.3));
  const bias = Float64Array.from(normals(g.parameters, 4));

  test.each([
    ['centred', true],
    ['meanSquare', false],
    ['constant', true],
  ] as const)('%s gradients are finite differences', (dependence, centred) => {
    const constant = oracle.statistics(x, g, 1e-5, centred);
    const of = () => (dependence === 'constant' ? constant : oracle.statistics(x, g, 1e-5, centred));
    const loss = () => oracle.forward(x, g, of(), weight, bias).reduce((sum, y, i) => sum + y * dy[i]!, 0);
    const { dx, dweight, dbias } = oracle.backward(dy, x, g, of(), weight, dependence);
    for (const [values, gradient] of [
      [x, dx],
      [weight, dweight],
      [bias, dbias],
    ] as const) {
      values.forEach((value, i) => {
        values[i] = value + step;
        const up = loss();
        values[i] = value - step;
        const down = loss();
        values[i] = value;
        expect(gradient[i]).toBeCloseTo((up - down) / (2 * step), 6);
      });
    }
  });
});

test('elements are indexed by hand as the geometry says', () => {
  const g = geometry([2, 2, 4], [0, 2], [2], { axis: 2, parts: 2 });
  expect([...g.statistic]).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3]);
  expect([...g.parameter]).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
});

test('sums survive cancellation', () => {
  const g = geometry([1, 4], [0], [1]);
  expect([...oracle.moments([2 ** 40, 1, -(2 ** 40), 1], g, true).mean]).toEqual([0.5]);
});

describe('statistics are exact', () => {
  // Float32 values are whole multiples of 2^-149: their sums and squares are whole numbers.
  const whole = (x: number) => BigInt(x * 2 ** 100) << 49n;
  const root = (v: bigint) => {
    let r = 1n << BigInt((v.toString(2).length + 1) >> 1);
    for (let next = (r + v / r) >> 1n; next < r; next = (r + v / r) >> 1n) r = next;
    return r;
  };

  test.each([
    ['an ulp more at one place of a million', 1_000_000, (i: number) => (i === 7 ? 1000 + 2 ** -14 : 1000)],
    ['a million values a million spreads away', 1_000_000, (i: number) => 1e6 + ((i * 7919) % 65) / 16],
    ['an outlier of 1e30 among ones', 100_000, (i: number) => (i === 0 ? 1e30 : 1)],
  ])('%s', (_, n, value) => {
    const x = new Float32Array(n).map((_v, i) => value(i));
    const g = geometry([1, n], [0], [1]);
    const hat = oracle.normalized(x, g, oracle.statistics(x, g, 0, true));
    const wide = new Map([...new Set(x)].map((v) => [v, whole(v)]));
    let [sum, squares] = [0n, 0n];
    for (const v of x) {
      const w = wide.get(v)!;
      sum += w;
      squares += w * w;
    }
    const deviation = root((BigInt(n) * squares - sum * sum) << 200n);
    for (const i of [0, 1, 7, n - 1]) {
      const exact = Number((((BigInt(n) * wide.get(x[i]!)! - sum) << 100n) * 10n ** 30n) / deviation) / 1e30;
      expect(Math.abs(hat[i]! - exact)).toBeLessThan(1e-12 * Math.max(Math.abs(exact), 1));
    }
  });
});
