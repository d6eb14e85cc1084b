// Where one operation is another, and one layout another. Both results are within the bounds of docs/accuracy.md of one
// exact value, and so apart by twice the bounds at most.
import { test } from '@jest/globals';
import { any, batches, channelsFirst, type Given, groups, hold, instances } from '../support/arbitrary.ts';
import type { Case } from '../support/operations.ts';
import { expectAlike, keys, limitsOf, outcome } from '../support/outcome.ts';
import { channelsMovedLast, rearranged } from '../support/permute.ts';
import { type Numbers, numbers } from '../support/verify.ts';

/** All outputs of `c` and of `other`, which has the same elements and parameters, agree. */
function expectEqual(c: Case, other: Case, given: Given): void {
  const n = numbers(c, given.setup);
  const [one, two] = [outcome(c, n), outcome(other, n)];
  const limits = limitsOf(n);
  for (const key of keys) expectAlike(two[key], one[key], limits[key], key);
}

test('group norm with as many groups as channels is instance norm', () => {
  hold(any(instances), ({ c, given }) => {
    expectEqual(c, { ...c, op: 'groupNorm', numGroups: channelsFirst(c).c }, given);
  });
});

test('instance norm of one data point is batch norm of a batch of one', () => {
  hold(any(instances), ({ c, given }) => {
    const one = { ...c, shape: [1, ...c.shape.slice(1)] };
    expectEqual(one, { ...one, op: 'batchNorm' }, given);
  });
});

test('group norm with one group is layer norm over channels and space', () => {
  hold(any(groups), ({ c, given }) => {
    const one = { ...c, numGroups: 1 };
    const layer: Case = { op: 'layerNorm', shape: c.shape, normalizedShape: c.shape.slice(1) };
    const n = numbers(one, given.setup);
    // Layer norm has a parameter for every element, and a gradient of each, which are those of a channel in parts.
    const size = n.x.length / c.shape[0]!;
    const spread = (values: Float32Array | null) =>
      values && new Float32Array(size).map((_, i) => values[n.g.parameter[i]!]!);
    const wide: Numbers = { ...n, weight: spread(n.weight), bias: spread(n.bias) };
    const gathered = (values: Float32Array | null) => {
      const sums = values && new Float64Array(n.g.parameters);
      values?.forEach((value, i) => {
        sums![n.g.parameter[i]!]! += value;
      });
      return sums;
    };
    const [group, other] = [outcome(one, n), outcome(layer, wide)];
    // Each gradient of layer norm is within its own bound, and these add up to that of the channel.
    const limits = limitsOf(n);
    expectAlike(other.y, group.y, limits.y, 'y');
    expectAlike(other.dx, group.dx, limits.dx, 'dx');
    expectAlike(gathered(other.dweight), group.dweight, limits.dweight, 'dweight');
    expectAlike(gathered(other.dbias), group.dbias, limits.dbias, 'dbias');
  });
});

for (const [name, cases] of Object.entries({ batchNorm: batches, instanceNorm: instances, groupNorm: groups })) {
  test(`${name} with channels last is ${name} with channels first, its axes moved`, () => {
    hold(any(cases), ({ c, given }) => {
      const { n: points, c: channels, space, s } = channelsFirst(c);
      const first: Case = { ...c, shape: [points, channels, ...space], channelAxis: 1 };
      const last: Case = { ...c, shape: [points, ...space, channels], channelAxis: -1 };
      const n = numbers(first, given.setup);
      const order = channelsMovedLast(points, channels, s);
      const moved = { ...n, x: rearranged(n.x, order), dy: rearranged(n.dy, order) };
      const [one, other] = [outcome(first, n), outcome(last, moved)];
      const limits = limitsOf(n);
      for (const key of ['y', 'dx'] as const) {
        expectAlike(other[key], rearranged(one[key]!, order), rearranged(limits[key], order), key);
      }
      for (const key of ['dweight', 'dbias'] as const) expectAlike(other[key], one[key], limits[key], key);
    });
  });
}
