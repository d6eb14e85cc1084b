// NaN and infinities stay inside their own statistic: every other one keeps its bits.
import { describe, expect, test } from '@jest/globals';
import { scope } from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import type { Geometry } from '../support/geometry.ts';
import { applyBackward, applyForward, type Case, title } from '../support/operations.ts';
import { bothLayouts, samples } from '../support/shapes.ts';
import { type Numbers, numbers, tensors } from '../support/verify.ts';

const poisons = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const subjects: Case[] = [
  ...samples,
  { op: 'layerNorm', shape: [40, 19], normalizedShape: [19] },
  { op: 'rmsNorm', shape: [40, 19], normalizedShape: [19] },
  ...bothLayouts('batchNorm', [33, 19]),
  ...bothLayouts('instanceNorm', [2, 19, 35]),
  ...bothLayouts('groupNorm', [2, 38, 9], 19),
];

function run(c: Case, n: Numbers) {
  return scope(() => {
    const { x, dy, options } = tensors(c, n);
    const { y, saved } = applyForward(c, x, options);
    const { dx } = applyBackward(c, dy, x, options);
    return {
      y: y.toTypedArray(),
      dx: dx!.toTypedArray(),
      mean: saved.mean?.toTypedArray(),
      rstd: saved.rstd.toTypedArray(),
    };
  });
}

const outside = (values: Float32Array, g: Geometry, poisoned: Set<number>) =>
  values.filter((_, i) => !poisoned.has(g.statistic[i]!));

describe.each(subjects.map((c) => [title(c), c] as const))('%s', (_, c) => {
  test.each(poisons)('%p in some statistics leaves the others alone', (poison) => {
    const n = numbers(c);
    const clean = run(c, n);
    const dirty = { ...n, x: n.x.slice() };
    const poisoned = new Set<number>();
    for (let i = 3; i < n.x.length; i += Math.ceil(n.x.length / 3)) {
      dirty.x[i] = poison;
      poisoned.add(n.g.statistic[i]!);
    }
    expect(poisoned.size).toBeLessThan(n.g.statistics);
    const after = run(c, dirty);
    for (const key of ['y', 'dx'] as const) {
      expectSameBits(outside(after[key], n.g, poisoned), outside(clean[key], n.g, poisoned), key);
    }
    for (const key of ['mean', 'rstd'] as const) {
      expectSameBits(
        after[key]?.filter((_v, k) => !poisoned.has(k)),
        clean[key]?.filter((_v, k) => !poisoned.has(k)),
        key,
      );
    }
    if (Number.isNaN(poison)) {
      const inside = after.y.filter((_v, i) => poisoned.has(n.g.statistic[i]!));
      expect(inside.every(Number.isNaN)).toBe(true);
    }
  });

  test('NaN in dy stays in the dx of its statistic and in the gradients of its parameters', () => {
    const n = numbers(c);
    const clean = run(c, n);
    const dirty = { ...n, dy: n.dy.slice() };
    dirty.dy[5] = Number.NaN;
    const poisoned = new Set([n.g.statistic[5]!]);
    const after = run(c, dirty);
    expectSameBits(outside(after.dx, n.g, poisoned), outside(clean.dx, n.g, poisoned), 'dx');
    expect(Number.isNaN(after.dx[5])).toBe(true);
  });
});

test.each(samples.map((c) => [title(c), c] as const))('%s: a huge value leaves other statistics alone', (_, c) => {
  const n = numbers(c);
  const clean = run(c, n);
  for (const value of [1e30, 3e38, 1e-42]) {
    const dirty = { ...n, x: n.x.slice() };
    dirty.x[4] = value;
    const poisoned = new Set([n.g.statistic[4]!]);
    expectSameBits(outside(run(c, dirty).y, n.g, poisoned), outside(clean.y, n.g, poisoned), 'y');
  }
});
