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
  expect([...oracle.moments([1e16, 1, -1e16, 1], g, true).mean]).toEqual([0.5]);
});
