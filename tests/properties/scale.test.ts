// The scale of what is normalized does not matter: N(a·x) with eps·a² is N(x), its gradient by x is 1/a times, and −a
// flips y about bias. So the gradient of a weight matrix before batch norm is orthogonal to that matrix.
//
// Powers of two only move exponents: there the bits are the same, as long as the deviations on both sides are summed in
// float32 (very large and very small ones are in float64). For other a, the inputs are whole numbers small enough that
// a·x is a float32 exactly; both results are then within the bounds of docs/accuracy.md of one exact value, and apart by
// twice the bounds.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { any, cases, hold } from '../support/arbitrary.ts';
import type { Family } from '../support/families.ts';
import type { Case } from '../support/operations.ts';
import { expectAlike, expectSame, type Key, limitsOf, type Outcome, outcome } from '../support/outcome.ts';
import { random } from '../support/random.ts';
import { affines, type Numbers, numbers } from '../support/verify.ts';

const { abs } = Math;

/** `n` with x, and what belongs to it, a times as large. */
function scaled(n: Numbers, a: number): Numbers {
  const x = n.x.map((value) => a * value);
  expect(x.every((value, i) => value === a * n.x[i]!)).toBe(true);
  return { ...n, x, eps: n.eps * a * a };
}

/** These values, in the order of the elements, in which a family is asked. */
const of = (z: Float32Array): Family => {
  let at = 0;
  return () => z[at++]!;
};

const times = <T extends Float32Array | Float64Array>(values: T | null, a: number): T | null =>
  values === null ? null : (values.map((value) => a * value) as T);
/** y − bias. */
const about = (y: Float32Array | null, n: Numbers) =>
  Float64Array.from(y!, (value, i) => value - (n.bias?.[n.g.parameter[i]!] ?? 0));
/** Without the sign of zero. */
const unsigned = (values: Float32Array | Float64Array | null) => times(values, 1)?.map((value) => value + 0) ?? null;

/** Whether deviations are of a size that is summed in float32, and not in float64: rstd within 2^±24. */
const summedInSingles = (o: Outcome) => o.rstd.every((r) => r > 2 ** -24 && r < 2 ** 24);
const powers = fc.record({ tried: any(cases), power: fc.integer({ min: -20, max: 20 }) });

test('a power of two gives the same bits', () => {
  hold(powers, ({ tried, power }) => {
    const n = numbers(tried.c, tried.given.setup);
    const a = 2 ** power;
    const [one, other] = [outcome(tried.c, n), outcome(tried.c, scaled(n, a))];
    const limits = limitsOf(n);
    const singles = summedInSingles(one) && summedInSingles(other);
    const compare = (key: Key, by: number) => {
      if (singles) expectSame(times(other[key], by), one[key], key);
      else expectAlike(times(other[key], by), one[key], limits[key], key);
    };
    compare('y', 1);
    compare('dx', a);
    compare('dweight', 1);
    compare('dbias', 1);
    if (!singles) return;
    expectSame(times(other.rstd, a), one.rstd, 'a·rstd');
    expectSame(times(other.mean, 1 / a), one.mean, 'mean/a');
  });
});

test('minus a power of two gives the bits of the negative, without bias', () => {
  hold(powers, ({ tried, power }) => {
    const affine = ['both', 'scale'].includes(tried.given.setup.affine) ? 'scale' : 'none';
    const n = numbers(tried.c, { ...tried.given.setup, affine });
    const a = 2 ** power;
    const [one, other] = [outcome(tried.c, n), outcome(tried.c, scaled(n, -a))];
    fc.pre(summedInSingles(one) && summedInSingles(other));
    expectSame(unsigned(times(other.y, -1)), unsigned(one.y), '−y');
    expectSame(unsigned(times(other.dx, a)), unsigned(one.dx), 'a·dx');
    expectSame(unsigned(times(other.dweight, -1)), unsigned(one.dweight), '−dweight');
  });
});

/** A factor of ten bits. */
const factors = fc
  .record({ whole: fc.integer({ min: 1, max: 1023 }), power: fc.integer({ min: -12, max: 12 }) })
  .map(({ whole, power }) => whole * 2 ** power);

/** Whole numbers of fourteen bits, their offset included. */
const wholes = fc.record({
  seed: fc.nat(),
  spread: fc.constantFrom(1, 20, 4000),
  offset: fc.constantFrom(0, 100, -8000),
  affine: fc.constantFrom(...affines),
  eps: fc.constantFrom(0, 1e-3, 1),
});

test('any factor gives the same y and 1/a times dx; minus it flips y about bias', () => {
  hold(fc.record({ c: cases, given: wholes, a: factors }), ({ c, given, a }) => {
    const { spread, offset } = given;
    const n = numbers(c, { ...given, family: (r) => offset + r.integer(-spread, spread) });
    const limits = limitsOf(n);
    const [one, other, flipped] = [n, scaled(n, a), scaled(n, -a)].map((given) => outcome(c, given));
    for (const key of ['y', 'dweight', 'dbias'] as const) expectAlike(other![key], one![key], limits[key], key);
    expectAlike(times(other!.dx, a), one!.dx, limits.dx, 'a·dx');
    expectAlike(about(flipped!.y, n), times(about(one!.y, n), -1), limits.y, '−y');
    expectAlike(times(flipped!.dx, a), one!.dx, limits.dx, 'a·dx of −a');
    expectAlike(times(flipped!.dweight, -1), one!.dweight, limits.dweight, '−dweight of −a');
    expectAlike(flipped!.dbias, one!.dbias, limits.dbias, 'dbias of −a');
  });
});

/** A linear map: z = W·u, of whole numbers, so that z and a·z are float32 values exactly. */
const maps = fc.record({
  batch: fc.integer({ min: 2, max: 70 }),
  inputs: fc.integer({ min: 1, max: 8 }),
  outputs: fc.integer({ min: 1, max: 40 }),
  seed: fc.nat(),
  offset: fc.constantFrom(0, 8000),
  eps: fc.constantFrom(0, 1e-3, 100),
  affine: fc.constantFrom(...affines),
  channelAxis: fc.constantFrom(1 as const, -1 as const),
  a: factors,
});

describe('batch norm after a linear map with weights W, applied to u', () => {
  /** z, and the gradients by u and W of what has the gradient dz by z, each with the sum of the sizes of its terms. */
  function map(m: { batch: number; inputs: number; outputs: number; seed: number; offset: number }) {
    const r = random(m.seed);
    const W = Float64Array.from({ length: m.outputs * m.inputs }, () => r.integer(-31, 31));
    const u = Float64Array.from({ length: m.batch * m.inputs }, () => r.integer(-31, 31));
    const shift = Float64Array.from({ length: m.outputs }, () => r.integer(-m.offset, m.offset));
    const walk = (visit: (z: number, input: number, weight: number) => void) => {
      for (let i = 0; i < m.batch; i++) {
        for (let o = 0; o < m.outputs; o++) {
          for (let k = 0; k < m.inputs; k++) visit(i * m.outputs + o, i * m.inputs + k, o * m.inputs + k);
        }
      }
    };
    const z = Float64Array.from({ length: m.batch * m.outputs }, (_, i) => shift[i % m.outputs]!);
    walk((at, input, weight) => {
      z[at]! += W[weight]! * u[input]!;
    });
    const pulled = (dz: ArrayLike<number>, of: (value: number) => number) => {
      const [du, dW] = [new Float64Array(u.length), new Float64Array(W.length)];
      walk((at, input, weight) => {
        du[input]! += dz[at]! * of(W[weight]!);
        dW[weight]! += dz[at]! * of(u[input]!);
      });
      return { du, dW };
    };
    return { W, z: Float32Array.from(z), pulled };
  }

  test('∂/∂u does not change with the scale of W, and ∂/∂W is 1/a times', () => {
    hold(maps, (m) => {
      const c: Case = { op: 'batchNorm', shape: [m.batch, m.outputs], channelAxis: m.channelAxis };
      const { z, pulled } = map(m);
      const n = numbers(c, { affine: m.affine, eps: m.eps, seed: m.seed, family: of(z) });
      const limit = pulled(limitsOf(n).dx, abs);
      const one = pulled(outcome(c, n).dx!, (value) => value);
      const other = pulled(outcome(c, scaled(n, m.a)).dx!, (value) => value);
      // ∂/∂u runs through aW, so a times what runs through W with the gradient by z, which is 1/a times.
      expectAlike(times(other.du, m.a), one.du, limit.du, 'du');
      expectAlike(times(other.dW, m.a), one.dW, limit.dW, 'a·dW');
    });
  });

  test('⟨W, ∂L/∂W⟩ = 0 with eps 0, for every output', () => {
    hold(maps, (m) => {
      const c: Case = { op: 'batchNorm', shape: [m.batch, m.outputs], channelAxis: m.channelAxis };
      // Without the shift, which is no part of W.
      const { W, z, pulled } = map({ ...m, offset: 0 });
      const n = numbers(c, { affine: m.affine, eps: 0, seed: m.seed, family: of(z) });
      const { dW } = pulled(outcome(c, n).dx!, (value) => value);
      // Σ W·dW = Σ z·dz, which is exactly 0 where dz is exact.
      const limit = limitsOf(n).dx;
      for (let o = 0; o < m.outputs; o++) {
        let [product, most] = [0, 0];
        for (let k = 0; k < m.inputs; k++) product += W[o * m.inputs + k]! * dW[o * m.inputs + k]!;
        for (let i = 0; i < m.batch; i++) most += abs(z[i * m.outputs + o]!) * limit[i * m.outputs + o]!;
        expect(abs(product)).toBeLessThanOrEqual(most);
      }
    });
  });
});
