// What a normalized statistic and its gradient are orthogonal to, and the parameters that undo a norm.
//
// Every bound follows from those of docs/accuracy.md by the triangle inequality: where the exact sum Σ dx is zero and each
// dx is off by at most its bound, the sum is off by at most the sum of the bounds; likewise of dx·x̂ and of y².
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scope, tensor } from 'normlayers';
import { any, batches, cases, hold, instances } from '../support/arbitrary.ts';
import { expectWithin, limitOfY, limitsOfGradients } from '../support/bounds.ts';
import { apply, applyBackward, applyForward } from '../support/operations.ts';
import * as oracle from '../support/oracle.ts';
import { type Numbers, numbers, tensors } from '../support/verify.ts';

/** Sums over each statistic. */
function sums(n: Numbers, term: (i: number) => number): Float64Array {
  const totals = new Float64Array(n.g.statistics);
  for (let i = 0; i < n.x.length; i++) totals[n.g.statistic[i]!]! += term(i);
  return totals;
}

const expectZero = (actual: Float64Array, limit: Float64Array, what: string) =>
  expectWithin(actual, new Float64Array(actual.length), limit, what);

test('dx is orthogonal to a constant, and to x̂ but for what eps takes off', () => {
  hold(any(cases), ({ c, given }) => {
    const n = numbers(c, given.setup);
    const hat = oracle.normalized(n.x, n.g, n.statistics);
    const limit = limitsOfGradients(n.dy, n.x, n.g, n.statistics, n.weight).dx;
    // Σ dx·x̂ = rstd·Σ g·x̂·(1 − Σ x̂²/n), and 1 − Σ x̂²/n = eps·rstd²: zero with eps 0.
    const share = n.statistics.rstd.map((r) => n.eps * r ** 3);
    const gx = sums(n, (i) => n.dy[i]! * (n.weight?.[n.g.parameter[i]!] ?? 1) * hat[i]!);
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const dx = applyBackward(c, dy, x, options).dx!.data;
      if (c.op !== 'rmsNorm')
        expectZero(
          sums(n, (i) => dx[i]!),
          sums(n, (i) => limit[i]!),
          'Σdx',
        );
      const along = sums(n, (i) => dx[i]! * hat[i]!).map((sum, k) => sum - share[k]! * gx[k]!);
      expectZero(
        along,
        sums(n, (i) => limit[i]! * Math.abs(hat[i]!)),
        'Σdx·x̂',
      );
    });
  });
});

test('with eps 0, y has mean 0 and mean square 1', () => {
  hold(any(cases), ({ c, given }) => {
    const n = numbers(c, { ...given.setup, affine: 'none', eps: 0 });
    const limit = limitOfY(n.x, n.g, n.statistics, null, null);
    const count = n.x.length / n.g.statistics;
    const varies = n.statistics.rstd.map((r) => (r > 0 ? 1 : 0));
    scope(() => {
      const y = apply(c, tensor(n.x, c.shape), { eps: 0 }).data;
      if (c.op !== 'rmsNorm')
        expectZero(
          sums(n, (i) => y[i]!),
          sums(n, (i) => limit[i]!),
          'Σy',
        );
      const off = sums(n, (i) => 2 * Math.abs(y[i]!) * limit[i]! + limit[i]! ** 2);
      expectZero(
        sums(n, (i) => y[i]! ** 2).map((sum, k) => sum - count * varies[k]!),
        off,
        'Σy² − n',
      );
    });
  });
});

test('weight = sqrt(var + eps) and bias = mean give the input back', () => {
  const alone = instances.map((c) => ({ ...c, shape: [1, ...c.shape.slice(1)] }));
  hold(any(fc.oneof(batches, alone)), ({ c, given }) => {
    const n = numbers(c, { ...given.setup, affine: 'none' });
    scope(() => {
      const x = tensor(n.x, c.shape);
      const { saved } = applyForward(c, x, { eps: n.eps });
      const weight = Float32Array.from(saved.rstd.data, (r) => (r > 0 ? 1 / r : 0));
      const bias = Float32Array.from(saved.mean!.data);
      const y = apply(c, x, { eps: n.eps, weight: tensor(weight), bias: tensor(bias) }).data;
      // y's own bound, and what the parameters are off: half a unit by rounding to float32, and what forward saved is
      // within 4 units of the deviation (mean) and of itself (rstd).
      const limit = limitOfY(n.x, n.g, n.statistics, weight, bias).map((most, i) => {
        const k = n.g.statistic[i]!;
        const [spread, mean] = [weight[k]!, Math.abs(bias[k]!)];
        const away = Math.abs(n.x[i]! - n.statistics.mean[k]!);
        return most + 2 ** -23 * (4.5 * away + 4 * spread + 0.5 * mean);
      });
      expectWithin(y, n.x, limit, 'y');
      expect(y.length).toBe(n.x.length);
    });
  });
});
