// Whatever a call writes must lie apart from whatever else it reads or writes; the error names both.
import { describe, expect, test } from '@jest/globals';
import {
  backward,
  batchNorm,
  batchNormBackward,
  groupNorm,
  layerNorm,
  layerNormBackward,
  layerNormForward,
  rmsNorm,
  scope,
  type Tensor,
  tensor,
  zeros,
} from 'normlayers';
import { expectRefusal, refusals, refused } from '../support/errors.ts';

const { shape, value } = refused;

const told = (written: string, other: string) => ({ ...value, text: `${written} must not overlap ${other}` });

/** Every view of a shape on one memory of 12 elements, and tensors apart. All are made before a call, that must leave nothing. */
function memory() {
  const all = zeros([12]);
  const views = (...extents: [number, ...number[]]) => {
    const size = extents.reduce((a, b) => a * b);
    return Array.from({ length: 13 - size }, (_, from) => all.rows(from, from + size).reshape(extents) as Tensor);
  };
  const kinds = { wide: views(2, 3), three: views(3), pair: views(2) };
  const at = (kind: keyof typeof kinds, from: number) => kinds[kind][from] as Tensor;
  const apart = { x: zeros([2, 3]), dy: zeros([2, 3]), three: zeros([3]), other: zeros([3]), pair: zeros([2]) };
  const axes = [zeros([3, 1]), zeros([3, 2]), zeros([1, 3])] as const;
  return { at, axes, ...apart };
}

describe('out', () => {
  refusals(memory, [
    [
      'over the end of weight',
      ({ at, x }) => layerNorm(x, 3, { weight: at('three', 0), out: at('wide', 2) }),
      told('out', 'weight'),
    ],
    [
      'over the start of bias',
      ({ at, x }) => layerNorm(x, 3, { bias: at('three', 5), out: at('wide', 0) }),
      told('out', 'bias'),
    ],
    [
      'over the running mean',
      ({ at, x, three }) => batchNorm(x, { runningMean: at('three', 1), runningVar: three, out: at('wide', 0) }),
      told('out', 'runningMean'),
    ],
    [
      'over the running variance',
      ({ at, x, three }) =>
        batchNorm(x, { runningMean: three, runningVar: at('three', 1), out: at('wide', 0), mode: 'train' }),
      told('out', 'runningVar'),
    ],
  ]);

  test('beside everything is taken, and null is none', () => {
    scope(() => {
      const { at } = memory();
      const x = tensor([1, 3, 5, 2, 4, 9], [2, 3]);
      const out = at('wide', 3);
      expect(layerNorm(x, 3, { weight: at('three', 0), bias: at('three', 9), out })).toBe(out);
      const made = layerNorm(x, 3, { out: null as never, weight: null as never, bias: null as never });
      expect(made).not.toBe(out);
      expect(made.data).toEqual(layerNorm(x, 3).data);
    });
  });
});

describe('a gradient', () => {
  const places = { dx: 'wide', dweight: 'three', dbias: 'three' } as const;
  for (const [name, kind] of Object.entries(places)) {
    const out = (at: ReturnType<typeof memory>['at'], from: number) => ({ [name]: at(kind, from) });
    const written = `out.${name}`;
    describe(written, () => {
      refusals(memory, [
        [
          'over x',
          ({ at, dy, three }) =>
            layerNormBackward(dy, at('wide', 0), 3, { weight: three, bias: three, out: out(at, 5) }),
          told(written, 'x'),
        ],
        [
          'over weight',
          ({ at, x, dy, three }) =>
            layerNormBackward(dy, x, 3, { weight: at('three', 0), bias: three, out: out(at, 2) }),
          told(written, 'weight'),
        ],
        [
          'over the given mean',
          ({ at, x, dy, three, pair }) =>
            layerNormBackward(dy, x, 3, {
              weight: three,
              bias: three,
              mean: at('pair', 1),
              rstd: pair,
              out: out(at, 2),
            }),
          told(written, 'mean'),
        ],
        [
          'over the given rstd',
          ({ at, x, dy, three, pair }) =>
            layerNormBackward(dy, x, 3, {
              weight: three,
              bias: three,
              mean: pair,
              rstd: at('pair', 1),
              out: out(at, 2),
            }),
          told(written, 'rstd'),
        ],
        [
          'over the running mean',
          ({ at, x, dy, three, other }) =>
            batchNormBackward(dy, x, {
              weight: three,
              bias: three,
              runningMean: at('three', 1),
              runningVar: other,
              out: out(at, 3),
            }),
          told(written, 'runningMean'),
        ],
        [
          'over the running variance',
          ({ at, x, dy, three, other }) =>
            batchNormBackward(dy, x, {
              weight: three,
              bias: three,
              runningMean: other,
              runningVar: at('three', 1),
              out: out(at, 3),
            }),
          told(written, 'runningVar'),
        ],
      ]);
    });
  }
  refusals(memory, [
    [
      'dweight over dy',
      ({ at, x, three }) =>
        layerNormBackward(at('wide', 0), x, 3, { weight: three, bias: three, out: { dweight: at('three', 5) } }),
      told('out.dweight', 'dy'),
    ],
    [
      'dbias over dy',
      ({ at, x, three }) =>
        layerNormBackward(at('wide', 0), x, 3, { weight: three, bias: three, out: { dbias: at('three', 5) } }),
      told('out.dbias', 'dy'),
    ],
    [
      'dx over dweight',
      ({ at, x, dy, three }) =>
        layerNormBackward(dy, x, 3, {
          weight: three,
          bias: three,
          out: { dx: at('wide', 0), dweight: at('three', 5) },
        }),
      told('out.dx', 'out.dweight'),
    ],
    [
      'dx over dbias',
      ({ at, x, dy, three }) =>
        layerNormBackward(dy, x, 3, { weight: three, bias: three, out: { dx: at('wide', 0), dbias: at('three', 5) } }),
      told('out.dx', 'out.dbias'),
    ],
    [
      'dweight over dbias',
      ({ at, x, dy, three }) =>
        layerNormBackward(dy, x, 3, {
          weight: three,
          bias: three,
          out: { dweight: at('three', 0), dbias: at('three', 2) },
        }),
      told('out.dweight', 'out.dbias'),
    ],
  ]);

  test('beside everything is taken', () => {
    scope(() => {
      const { at } = memory();
      const x = tensor([1, 3, 5, 2, 4, 9], [2, 3]);
      const { saved } = layerNormForward(x, 3, { weight: tensor([1, 2, 3]), bias: zeros([3]) });
      const out = { dx: at('wide', 3), dweight: at('three', 0), dbias: at('three', 9) };
      const { dx, dweight, dbias } = backward(saved, tensor([1, 0, 0, 0, 2, 1], [2, 3]), { out });
      expect([dx, dweight, dbias]).toEqual([out.dx, out.dweight, out.dbias]);
    });
  });
});

describe('parameters with axes too many', () => {
  refusals(memory, [
    ['weight of layer norm', ({ x, axes }) => layerNorm(x, 3, { weight: axes[0] }), { ...shape, text: '[3, 1]' }],
    ['bias of RMS norm', ({ x, axes }) => rmsNorm(x, 3, { bias: axes[1] }), { ...shape, text: '[3, 2]' }],
    ['weight of group norm', ({ x, axes }) => groupNorm(x, 3, { weight: axes[0] }), { ...shape, text: '[3, 1]' }],
    ['bias of group norm', ({ x, axes }) => groupNorm(x, 3, { bias: axes[2] }), { ...shape, text: '[1, 3]' }],
    ['weight of batch norm', ({ x, axes }) => batchNorm(x, { weight: axes[0] }), { ...shape, text: '[3, 1]' }],
  ]);
});

test('eps of 0 and of nearly 0 are taken, and infinity is not', () => {
  scope(() => {
    const x = tensor([1, 3], [1, 2]);
    expect([...layerNorm(x, 2, { eps: 0 }).data]).toEqual([-1, 1]);
    expect(layerNorm(x, 2, { eps: 1 }).data[1]).toBe(Math.fround(Math.SQRT1_2));
    for (const eps of [Number.POSITIVE_INFINITY, Number.NaN, -Number.MIN_VALUE]) {
      expectRefusal(() => layerNorm(x, 2, { eps }), {
        ...value,
        text: `eps must be a finite number ≥ 0, got ${eps}`,
      });
    }
  });
});
