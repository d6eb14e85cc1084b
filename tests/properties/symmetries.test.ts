// The order of what is alike does not matter: data points, positions in space, channels, elements of a row. Where the
// order of no sum changes, the result is the same, in that order, to the last bit. Where one does, both results are within
// the bounds of docs/accuracy.md of one exact value, and so apart by twice the bounds at most.
import { test } from '@jest/globals';
import fc from 'fast-check';
import { any, batches, channelsFirst, groups, hold, instances, rowwise } from '../support/arbitrary.ts';
import { sizeOf } from '../support/geometry.ts';
import { type Case, parameterShape } from '../support/operations.ts';
import { expectAlike, expectSame, type Key, limitsOf, outcome } from '../support/outcome.ts';
import { along, type Order, rearranged, shuffled } from '../support/permute.ts';
import { type Random, random } from '../support/random.ts';
import { type Numbers, numbers } from '../support/verify.ts';

interface Change {
  readonly axis: number;
  /** What comes where along the axis. */
  readonly order: readonly number[];
  /** The outputs that must have the same bits. */
  readonly same: readonly Key[];
}

const everything: readonly Key[] = ['y', 'dx', 'dweight', 'dbias'];
/** Parameter gradients are sums over data points. */
const ofOnePoint: readonly Key[] = ['y', 'dx'];

function expectSymmetric(c: Case, n: Numbers, { axis, order, same }: Change): void {
  const elements = along(c.shape, axis, order);
  // Parameters go with the axis they belong to.
  const shape = parameterShape(c);
  const own = c.normalizedShape ? axis - (c.shape.length - shape.length) : axis === channelAxis(c) ? 0 : -1;
  const parameters: Order = own < 0 ? new Int32Array(sizeOf(shape)).map((_, i) => i) : along(shape, own, order);
  const moved: Numbers = {
    ...n,
    x: rearranged(n.x, elements),
    dy: rearranged(n.dy, elements),
    weight: n.weight && rearranged(n.weight, parameters),
    bias: n.bias && rearranged(n.bias, parameters),
    running: n.running && {
      mean: rearranged(n.running.mean, parameters),
      variance: rearranged(n.running.variance, parameters),
    },
  };
  const [one, other] = [outcome(c, n), outcome(c, moved)];
  const limits = limitsOf(n);
  for (const key of everything) {
    const by = key === 'y' || key === 'dx' ? elements : parameters;
    const expected = one[key] && rearranged(one[key], by);
    if (same.includes(key)) expectSame(other[key], expected, key);
    else expectAlike(other[key], expected, rearranged(limits[key], by), key);
  }
}

const channelAxis = (c: Case) => (c.channelAxis === -1 ? c.shape.length - 1 : 1);
/** An axis of space, where there is one. */
const spaceAxis = (c: Case, r: Random) => {
  const { space } = channelsFirst(c);
  return space.length === 0 ? null : r.integer(0, space.length - 1) + (c.channelAxis === -1 ? 1 : 2);
};

/** Whole groups in another order, and with `within` the channels of each as well. */
function groupsShuffled(c: Case, r: Random, within: boolean): number[] {
  const size = channelsFirst(c).c / c.numGroups!;
  return shuffled(c.numGroups!, r).flatMap((group) => {
    const inside = within ? shuffled(size, r) : Array.from({ length: size }, (_, i) => i);
    return inside.map((i) => group * size + i);
  });
}

const tried = (cases: fc.Arbitrary<Case>) => fc.record({ one: any(cases), frozen: fc.boolean(), seed: fc.nat() });

test('rows in another order give the same bits, elements of rows the same values', () => {
  hold(tried(rowwise), ({ one: { c, given }, seed }) => {
    const n = numbers(c, given.setup);
    const r = random(seed);
    c.shape.forEach((extent, axis) => {
      const leading = axis < c.shape.length - c.normalizedShape!.length;
      expectSymmetric(c, n, { axis, order: shuffled(extent, r), same: leading ? ofOnePoint : [] });
    });
  });
});

test('batch norm: channels in another order give the same bits, data points and positions the same values', () => {
  hold(tried(batches), ({ one: { c, given }, frozen, seed }) => {
    const n = numbers(c, { ...given.setup, frozen });
    const r = random(seed);
    const shuffle = (axis: number, same: readonly Key[]) =>
      expectSymmetric(c, n, { axis, order: shuffled(c.shape[axis]!, r), same });
    shuffle(channelAxis(c), everything);
    // Constants do not depend on the order.
    shuffle(0, frozen ? ofOnePoint : []);
    const space = spaceAxis(c, r);
    if (space !== null) shuffle(space, frozen ? ofOnePoint : []);
  });
});

test('instance norm: channels in another order give the same bits, data points of y and dx, positions the same values', () => {
  hold(tried(instances), ({ one: { c, given }, frozen, seed }) => {
    const n = numbers(c, { ...given.setup, frozen });
    const r = random(seed);
    const shuffle = (axis: number, same: readonly Key[]) =>
      expectSymmetric(c, n, { axis, order: shuffled(c.shape[axis]!, r), same });
    shuffle(channelAxis(c), everything);
    shuffle(0, ofOnePoint);
    shuffle(spaceAxis(c, r)!, frozen ? ofOnePoint : []);
  });
});

test('group norm: groups in another order give the same bits, channels within groups the same values', () => {
  hold(tried(groups), ({ one: { c, given }, seed }) => {
    const n = numbers(c, given.setup);
    const r = random(seed);
    const axis = channelAxis(c);
    expectSymmetric(c, n, { axis, order: groupsShuffled(c, r, false), same: everything });
    expectSymmetric(c, n, { axis, order: groupsShuffled(c, r, true), same: [] });
    expectSymmetric(c, n, { axis: 0, order: shuffled(c.shape[0]!, r), same: ofOnePoint });
    const space = spaceAxis(c, r);
    if (space !== null) expectSymmetric(c, n, { axis: space, order: shuffled(c.shape[space]!, r), same: [] });
  });
});
