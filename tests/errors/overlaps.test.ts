// Whatever a call writes must lie apart from whatever else it reads or writes: of each such pair either may end in the
// other's first element, which is refused by the names of both, before anything is written; beside each other they are taken.
import { describe, expect, test } from '@jest/globals';
import { BatchNorm, backward, LayerNorm, layerNorm, ones, scope, type Tensor, tensor, zeros } from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import { expectRefusal, refusals, refused } from '../support/errors.ts';
import { sizeOf } from '../support/geometry.ts';
import {
  apply,
  applyBackward,
  applyForward,
  type Case,
  centred,
  hasRunning,
  type Options,
  parameterShape,
  statisticsShape,
  title,
} from '../support/operations.ts';
import { normals } from '../support/random.ts';
import { samples } from '../support/shapes.ts';
import { expectForward, expectGradients, numbers, tensors } from '../support/verify.ts';

const { value } = refused;

/** What a call is given, by the names that errors have for it, with the shape of each. */
const shapes = {
  x: (c: Case) => c.shape,
  dy: (c: Case) => c.shape,
  weight: parameterShape,
  bias: parameterShape,
  runningMean: parameterShape,
  runningVar: parameterShape,
  mean: statisticsShape,
  rstd: statisticsShape,
  out: (c: Case) => c.shape,
  'out.dx': (c: Case) => c.shape,
  'out.dweight': parameterShape,
  'out.dbias': parameterShape,
};
type Role = keyof typeof shapes;
type Given = Readonly<Record<Role, Tensor>>;

/** One function of an operation, and the pairs of what it is given that may not share a byte. */
interface Route {
  readonly name: string;
  readonly call: (c: Case, given: Given) => unknown;
  readonly pairs: (c: Case) => readonly (readonly [written: Role, other: Role])[];
}

const pairsOf = (written: Role, others: readonly Role[]) => others.map((other) => [written, other] as const);

const affine = ({ weight, bias }: Given): Options => ({ weight, bias });
const running = ({ runningMean, runningVar }: Given, mode: 'train' | 'eval'): Options => ({
  runningMean,
  runningVar,
  mode,
});
const outs = (given: Given) => ({
  out: { dx: given['out.dx'], dweight: given['out.dweight'], dbias: given['out.dbias'] },
});

const inputs: readonly Role[] = ['x', 'weight', 'bias'];
const statistics: readonly Role[] = ['runningMean', 'runningVar'];
/** The gradients, each with those that are checked against it, and `read`. */
const gradients = (read: readonly Role[]) => [
  ...pairsOf('out.dx', ['out.dweight', 'out.dbias', ...read]),
  ...pairsOf('out.dweight', ['out.dbias', ...read]),
  ...pairsOf('out.dbias', read),
];
const forwards = [
  { name: 'forward', run: apply },
  { name: 'forward that saves', run: applyForward },
];

const routes: readonly Route[] = [
  ...forwards.map(({ name, run }) => ({
    name,
    call: (c: Case, given: Given) => run(c, given.x, { ...affine(given), out: given.out }),
    pairs: () => pairsOf('out', inputs),
  })),
  ...forwards.map(({ name, run }) => ({
    name: `${name}, in training`,
    call: (c: Case, given: Given) => run(c, given.x, { ...affine(given), ...running(given, 'train'), out: given.out }),
    pairs: (c: Case) =>
      hasRunning(c)
        ? [
            ...pairsOf('out', [...inputs, ...statistics]),
            ...pairsOf('runningMean', [...inputs, 'runningVar']),
            ...pairsOf('runningVar', inputs),
          ]
        : [],
  })),
  ...forwards.map(({ name, run }) => ({
    name: `${name}, in evaluation`,
    call: (c: Case, given: Given) => run(c, given.x, { ...affine(given), ...running(given, 'eval'), out: given.out }),
    pairs: (c: Case) => (hasRunning(c) ? pairsOf('out', [...inputs, ...statistics]) : []),
  })),
  {
    name: 'backward',
    call: (c, given) => backward(applyForward(c, given.x, affine(given)).saved, given.dy, outs(given) as never),
    pairs: () => gradients(['x', 'dy', 'weight']),
  },
  {
    name: 'backward from given statistics',
    call: (c, given) => {
      const { x, dy, mean, rstd } = given;
      return applyBackward(c, dy, x, { ...affine(given), ...(centred(c) ? { mean } : {}), rstd, ...outs(given) });
    },
    pairs: (c) => gradients(['x', 'dy', 'weight', 'rstd', ...(centred(c) ? (['mean'] as const) : [])]),
  },
  {
    name: 'backward in evaluation',
    call: (c, given) =>
      applyBackward(c, given.dy, given.x, { ...affine(given), ...running(given, 'eval'), ...outs(given) }),
    pairs: (c) => (hasRunning(c) ? gradients(['x', 'dy', 'weight', ...statistics]) : []),
  },
];

/** All that there may be, apart but for `first` and `second`: side by side in one memory, or with an element in common. */
function lay(c: Case, first: Role, second: Role, shared: number): { all: Tensor; given: Given } {
  const sizes = { first: sizeOf(shapes[first](c)), second: sizeOf(shapes[second](c)) };
  const all = tensor(normals(sizes.first + sizes.second - shared, 1, 2, 0.1));
  const from = sizes.first - shared;
  const places: Partial<Record<Role, Tensor>> = {
    [first]: all.rows(0, sizes.first).reshape(shapes[first](c)),
    [second]: all.rows(from, from + sizes.second).reshape(shapes[second](c)),
  };
  const given = Object.entries(shapes).map(([role, shapeOf]) => [role, places[role as Role] ?? zeros(shapeOf(c))]);
  return { all, given: Object.fromEntries(given) };
}

/** Where the two may be the very same, the error says so. */
function told(route: Route, written: Role, other: Role): string {
  if (written === 'out.dx' && other === 'dy') return 'out.dx must be dy itself or not overlap it';
  if (written === 'out' && other === 'x' && !route.name.includes('saves'))
    return 'out must be x itself or not overlap it';
  return `${written} must not overlap ${other}`;
}

// Where the channels are makes no difference to who may share memory with whom.
const cases = samples.filter(({ channelAxis }) => channelAxis !== -1);

describe.each(cases.map((c) => [title(c), c] as const))('%s', (_, c) => {
  for (const route of routes) {
    const pairs = route.pairs(c);
    if (pairs.length === 0) continue;
    test.each(pairs)(`${route.name}: %s and %s`, (written, other) => {
      for (const [first, second] of [[written, other] as const, [other, written] as const]) {
        scope(() => {
          const { all, given } = lay(c, first, second, 1);
          const before = all.toTypedArray();
          // Its saved state is made anew each time, and disposed with the scope.
          expectRefusal(() => scope(() => route.call(c, given) as never), {
            ...value,
            text: told(route, written, other),
          });
          expectSameBits(all.data, before, 'what was refused');
          route.call(c, lay(c, first, second, 0).given);
        });
      }
    });
  }

  test('x may be `out` where it is not saved, and dy `out.dx` where nothing is added', () => {
    const n = numbers(c);
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      for (const out of [x, x.rows(0)]) {
        const saving = { ...value, text: 'out must not overlap x in a forward that saves' };
        expectRefusal(() => applyForward(c, x, { ...options, out }), saving);
      }
      const added = { ...value, text: 'accumulate.dx cannot add into dy: out.dx must not be dy' };
      const { saved } = applyForward(c, x, options);
      for (const dx of [dy, dy.rows(0)]) {
        for (const accumulate of [true, { dx: true }]) {
          const out = { dx, dweight: zeros(parameterShape(c)), dbias: zeros(parameterShape(c)) };
          expectRefusal(() => backward(saved, dy, { out, accumulate } as never), added);
        }
      }
      expectSameBits(x.data, n.x, 'x');
      expectSameBits(dy.data, n.dy, 'dy');
      const { dx } = applyBackward(c, dy, x, { ...options, out: { dx: dy } });
      expectGradients(n, { dx, dweight: null, dbias: null });
      expectForward(n, apply(c, x, { ...options, out: x }));
    });
  });

  test('what is only read may overlap, and bias is not read by backward', () => {
    scope(() => {
      const both = lay(c, 'weight', 'bias', 1).given;
      apply(c, both.x, affine(both));
      const given = lay(c, 'bias', 'out.dbias', 1).given;
      applyBackward(c, given.dy, given.x, { ...affine(given), ...outs(given) });
    });
  });
});

describe('a layer’s own tensors are refused like any', () => {
  refusals(() => {
    const [norm, bn] = [new LayerNorm(3), new BatchNorm(2)];
    const x = tensor([[1, 2, 4]]);
    norm.forward(x);
    norm.backward(x);
    norm.forward(x);
    const pairs = tensor([
      [1, 2],
      [3, 5],
    ]);
    bn.forward(pairs);
    const weight = norm.weight.reshape([1, 3]);
    const grad = norm.weight.grad!.reshape([1, 3]);
    return { norm, bn: bn.eval(), x, pair: pairs.rows(0, 1), weight, grad, variance: bn.runningVar!.reshape([1, 2]) };
  }, [
    [
      'weight as out',
      ({ norm, x, weight }) => norm.forward(x, { out: weight }),
      { ...value, text: 'out must not overlap weight' },
    ],
    [
      'weight as out of backward',
      ({ norm, x, weight }) => norm.backward(x, { out: { dx: weight } }),
      { ...value, text: 'out.dx must not overlap weight' },
    ],
    [
      'a gradient as dx',
      ({ norm, x, grad }) => norm.backward(x, { out: { dx: grad } }),
      { ...value, text: 'out.dx must not overlap out.dweight' },
    ],
    [
      'a gradient as dy',
      ({ norm, grad }) => norm.backward(grad),
      { ...value, text: 'out.dweight must not overlap dy' },
    ],
    [
      'running statistics as out',
      ({ bn, pair, variance }) => bn.forward(pair, { out: variance }),
      { ...value, text: 'out must not overlap runningVar' },
    ],
  ]);
});

test('a tensor of no elements overlaps nothing, wherever it lies', () => {
  scope(() => {
    const all = ones([8, 4]);
    const [weight, none] = [all.reshape([32]).rows(2, 6), all.rows(1, 1)];
    expect(layerNorm(zeros([0, 4]), 4, { weight, out: none })).toBe(none);
    expect(layerNorm(none, 4, { weight, out: none })).toBe(none);
  });
});

test('null is no tensor, and overlaps nothing', () => {
  scope(() => {
    const x = tensor([1, 3, 5, 2, 4, 9], [2, 3]);
    const out = zeros([2, 3]);
    const made = layerNorm(x, 3, { out: null as never, weight: null as never, bias: null as never });
    expect(made).not.toBe(out);
    expect(made.data).toEqual(layerNorm(x, 3, { out }).data);
  });
});
