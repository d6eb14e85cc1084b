// What property-based tests range over: every operation, its shapes and layouts, and data by scale and distance from
// zero.
import fc from 'fast-check';
import { hold as holdProperty } from './effort.ts';
import type { Case, Name } from './operations.ts';
import { bothLayouts } from './shapes.ts';
import { type Affine, affines, type Setup } from './verify.ts';

/** Holds `property` to so many inputs, and to so many in a full run. */
export function hold<T>(
  arbitrary: fc.Arbitrary<T>,
  property: (value: T) => void,
  bounded = 150,
  most = 20 * bounded,
): void {
  holdProperty(fc.property(arbitrary, property), bounded, most);
}

const size = (max: number) => fc.integer({ min: 1, max });

/** No spatial axes, or up to three, of which none is special. */
const spatial: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constant<number[]>([]),
  fc.tuple(fc.oneof(size(20), size(300))),
  fc.tuple(size(9), size(9)),
  fc.tuple(size(3), size(4), size(5)),
);

const channels = fc.oneof(size(9), size(40));

const rows: fc.Arbitrary<Case> = fc
  .record({
    op: fc.constantFrom('layerNorm' as const, 'rmsNorm' as const),
    leading: fc.array(size(6), { minLength: 1, maxLength: 2 }),
    normalizedShape: fc.oneof(fc.tuple(size(40)), fc.tuple(size(600)), fc.tuple(size(7), size(9))),
  })
  .map(({ op, leading, normalizedShape }) => ({ op, shape: [...leading, ...normalizedShape], normalizedShape }));

const channelled = (op: Name): fc.Arbitrary<Case> =>
  fc
    .record({ n: size(6), c: channels, space: spatial, last: fc.boolean(), divisor: fc.nat() })
    .map(({ n, c, space, last, divisor }) => {
      const divisors = Array.from({ length: c }, (_, i) => i + 1).filter((d) => c % d === 0);
      const groups = op === 'groupNorm' ? divisors[divisor % divisors.length] : undefined;
      return bothLayouts(op, [n, c, ...space], groups)[last ? 1 : 0]!;
    })
    .filter((c) => {
      const [count, positions] = [c.shape[0]!, spaceOf(c)];
      if (op === 'batchNorm') return count * positions > 1;
      return op !== 'instanceNorm' || positions > 1;
    });

/** The shape of a channelled case as [N, C, S] tells it, whatever the layout. */
export const channelsFirst = (c: Case) => {
  const last = c.channelAxis === -1;
  const [n, ...rest] = c.shape as [number, ...number[]];
  const channel = last ? rest[rest.length - 1]! : rest[0]!;
  const space = last ? rest.slice(0, -1) : rest.slice(1);
  return { n, c: channel, space, s: space.reduce((a, b) => a * b, 1) };
};

const spaceOf = (c: Case) => channelsFirst(c).s;

export const batches = channelled('batchNorm');
export const instances = channelled('instanceNorm');
export const groups = channelled('groupNorm');
export const rowwise = rows;
export const cases = fc.oneof(rows, batches, instances, groups);

export interface Given {
  readonly setup: Setup & { readonly affine: Affine; readonly eps: number; readonly seed: number };
  readonly offset: number;
  readonly scale: number;
}

/** Bell-shaped values: their scale, and how many scales away from zero they lie. */
export const data: fc.Arbitrary<Given> = fc
  .record({
    affine: fc.constantFrom(...affines),
    eps: fc.constantFrom(0, 1e-5, 1e-3),
    seed: size(1_000_000),
    scale: fc.constantFrom(1, 1e-3, 1e3, 1e15, 1e-15),
    offset: fc.constantFrom(0, 0, 1, -100, 1e4, -1e6),
  })
  .map(({ affine, eps, seed, scale, offset }) => ({
    setup: { affine, eps: eps * scale * scale, seed, family: (r) => scale * (offset + r.normal()) },
    offset,
    scale,
  }));

export const any = (arbitrary: fc.Arbitrary<Case>) => fc.record({ c: arbitrary, given: data });
