// Options out of their range, or of another type, are refused by name.
import { describe, expect, test } from '@jest/globals';
import {
  BatchNorm,
  backward,
  batchNorm,
  batchNormBackward,
  batchNormForward,
  createRuntime,
  full,
  type Gradients,
  layerNorm,
  layerNormForward,
  ones,
  rmsNormBackward,
  scope,
  type Tensor,
  tensor,
  zeros,
} from 'normlayers';
import { expectRefusal, refusals, refused } from '../support/errors.ts';

const { shape, type, value } = refused;

describe('options that are wrong', () => {
  refusals(() => {
    const x = zeros([4, 3]);
    const running = { runningMean: zeros([3]), runningVar: zeros([3]) };
    const train = { ...running, mode: 'train' } as const;
    const { saved } = layerNormForward(x, [3]);
    return { x, running, train, saved };
  }, [
    ['a momentum above 1', ({ x, train }) => batchNorm(x, { ...train, momentum: 1.5 }), { ...value, text: 'momentum' }],
    [
      'a negative momentum',
      ({ x, train }) => batchNorm(x, { ...train, momentum: -0.1 }),
      { ...value, text: 'momentum' },
    ],
    [
      'a momentum that is NaN',
      ({ x, train }) => batchNorm(x, { ...train, momentum: Number.NaN }),
      { ...value, text: 'momentum' },
    ],
    [
      'a momentum that is text',
      ({ x, train }) => batchNorm(x, { ...train, momentum: '0.1' as never }),
      { ...type, text: 'momentum' },
    ],
    [
      'an unknown mode',
      ({ x, running }) => batchNorm(x, { ...running, mode: 'training' as never }),
      { ...value, text: 'mode' },
    ],
    [
      'an unknown running variance',
      ({ x, train }) => batchNorm(x, { ...train, runningVariance: 'best' as never }),
      { ...value, text: 'runningVariance' },
    ],
    [
      'running statistics that are no tensors',
      ({ x }) => batchNorm(x, { runningMean: [0, 0, 0] as never, runningVar: [1, 1, 1] as never }),
      { ...type, text: 'runningMean' },
    ],
    ['saved state that is none', ({ x }) => backward({} as never, x), { ...type, text: 'saved' }],
    [
      'a gradient that is a number',
      ({ saved }) => backward(saved, 5 as never),
      { ...type, text: 'dy must be a Tensor' },
    ],
    ['no saved state', ({ x }) => backward(null as never, x), { ...type, text: 'saved' }],
    [
      'needs that are no booleans',
      ({ x, saved }) => backward(saved, x, { needs: { dx: 'yes' } as never }),
      { ...type, text: 'needs' },
    ],
  ]);

  test('momentum null in a function tells that only layers count', () => {
    scope(() => {
      const running = { runningMean: zeros([3]), runningVar: zeros([3]) };
      const call = () => batchNorm(zeros([4, 3]), { ...running, mode: 'train', momentum: null as never });
      expect(call).toThrow(/^momentum null .* needs a counter, so only layers take it/);
    });
  });
});

describe('what would be swallowed in silence', () => {
  refusals(() => {
    const x = zeros([4, 3]);
    const weight = zeros([3]);
    const { saved } = layerNormForward(x, [3]);
    const weighted = layerNormForward(x, [3], { weight }).saved;
    const running = { runningMean: zeros([3]), runningVar: zeros([3]), mode: 'frozen' } as const;
    const image = zeros([4, 2, 3]);
    const overTwo = layerNormForward(image, [2, 3]).saved;
    return { x, wrong: zeros([2]), right: zeros([3]), saved, weighted, running, image, overTwo, flat: zeros([6]) };
  }, [
    ['options in an array', ({ x }) => batchNorm(x, [] as never), { ...type, text: 'options' }],
    [
      '`needs` in an array',
      ({ x, saved }) => backward(saved, x, { needs: [] as never }),
      { ...type, text: 'needs must be an object with any of dx, dweight, dbias, got an array' },
    ],
    [
      'a tensor as all of `out`',
      ({ x, saved }) => backward(saved, x, { out: x as never }),
      { ...type, text: 'out must be an object with any of dx, dweight, dbias, got a Tensor' },
    ],
    [
      'names in a set',
      ({ x, saved }) => backward(saved, x, { needs: new Set(['dx']) as never }),
      { ...type, text: 'needs must be an object' },
    ],
    [
      'an unknown key of `needs`',
      ({ x, saved }) => backward(saved, x, { needs: { dX: false } as never }),
      { ...value, text: ['needs', 'dX'] },
    ],
    [
      'an unknown key of `out`',
      ({ x, saved }) => backward(saved, x, { out: { dX: x } as never }),
      { ...value, text: ['out', 'dX'] },
    ],
    [
      'an unknown key of `accumulate`',
      ({ x, saved, weighted }) => [saved, weighted].map((s) => backward(s, x, { accumulate: { dX: true } as never })),
      { ...value, text: ['accumulate', 'dX'] },
    ],
    [
      'an `out` that is not needed, and no tensor',
      ({ x, saved }) => backward(saved, x, { needs: { dx: false }, out: { dx: 'y' as never } }),
      { ...type, text: 'out.dx' },
    ],
    [
      'an `out` that is not needed, of another shape',
      ({ x, saved, wrong }) => backward(saved, x, { needs: { dx: false }, out: { dx: wrong } }),
      { ...shape, text: 'out.dx' },
    ],
    [
      'an `out` without its parameter, and no tensor',
      ({ x, saved }) => backward(saved, x, { out: { dweight: 5 as never } }),
      { ...type, text: 'out.dweight' },
    ],
    [
      'an `out` without its parameter, of another shape',
      ({ x, saved, wrong }) => backward(saved, x, { out: { dweight: wrong } }),
      { ...shape, text: ['out.dweight', '[3]'] },
    ],
    [
      'an `out` without its parameter, of one axis for two',
      ({ image, overTwo, flat }) => backward(overTwo, image, { out: { dweight: flat } }),
      { ...shape, text: ['out.dweight', '[2, 3]'] },
    ],
    [
      'an `accumulate` without its `out`, nor a parameter',
      ({ x, saved }) => backward(saved, x, { accumulate: { dbias: true } }),
      { ...value, text: 'accumulate.dbias' },
    ],
    [
      'statistics that are none, beside constants',
      ({ x, running }) => batchNormBackward(x, x, { ...running, mean: 'x' as never, rstd: {} as never }),
      { ...type, text: 'mean' },
    ],
    [
      'half of the statistics, beside constants',
      ({ x, running, right }) => batchNormBackward(x, x, { ...running, mean: right }),
      { ...value, text: 'rstd' },
    ],
    [
      'a mean for RMS norm',
      ({ x, right }) => rmsNormBackward(x, x, 3, { mean: right } as never),
      { ...value, text: 'mean' },
    ],
  ]);

  test('null is as good as nothing for what has a name for each gradient', () => {
    scope(() => {
      const [x, dy] = [full([4, 3], 2), full([4, 3], 7)];
      const { saved } = layerNormForward(x, [3], { weight: zeros([3]) });
      const nothing = { needs: null, out: null, accumulate: null } as never;
      const values = ({ dx, dweight, dbias }: Gradients) => [dx, dweight, dbias].map((t) => t?.toArray());
      expect(values(backward(saved, dy, nothing))).toEqual(values(backward(saved, dy)));
    });
  });

  test('an `out` of the right shape is left alone where there is nothing to write', () => {
    scope(() => {
      const x = zeros([4, 3]);
      const { saved } = layerNormForward(x, [3]);
      const [dx, dweight] = [full([4, 3], 7), full([3], 7)];
      const gradients = backward(saved, x, { needs: { dx: false }, out: { dx, dweight }, accumulate: true });
      expect([gradients.dx, gradients.dweight]).toEqual([null, null]);
      expect([...dx.data, ...dweight.data].every((v) => v === 7)).toBe(true);
    });
  });
});

describe('words and flags', () => {
  const modes = "mode must be 'train', 'eval' or 'frozen', got ";
  const variances = "runningVariance must be 'unbiased' or 'biased', got ";
  refusals(() => {
    const running = { runningMean: zeros([3]), runningVar: zeros([3]) };
    return { x: zeros([4, 3]), running, layer: new BatchNorm(3) };
  }, [
    [
      'a word that is another',
      ({ x, running }) => batchNorm(x, { ...running, mode: 'test' as never }),
      { ...value, text: `${modes}'test'` },
    ],
    [
      'a word that is none',
      ({ x, running }) => batchNorm(x, { ...running, mode: 7 as never }),
      { ...type, text: 'mode must be a string, got 7' },
    ],
    [
      'one of two words',
      ({ x, running }) => batchNorm(x, { ...running, mode: 'train', runningVariance: 'sample' as never }),
      { ...value, text: `${variances}'sample'` },
    ],
    [
      'a flag that is a number',
      () => createRuntime({ debug: 1 as never }),
      { ...type, text: 'debug must be a boolean, got 1' },
    ],
    [
      'a flag that is null',
      ({ layer }) => layer.freeze(null as never),
      { ...type, text: 'on must be a boolean, got null' },
    ],
    [
      'a flag that is text',
      ({ layer }) => layer.stateDict({ json: 'yes' as never }),
      { ...type, text: "json must be a boolean, got 'yes'" },
    ],
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

test.each(['runningMean', 'runningVar'] as const)('%s is refused by name', (key) => {
  scope(() => {
    const x = zeros([4, 3]);
    const running = { runningMean: zeros([3]), runningVar: zeros([3]), mode: 'train' } as const;
    const torch = { runningMean: 'running_mean', runningVar: 'running_var' }[key];
    const short = { ...running, [key]: zeros([2]) };
    expectRefusal(() => batchNorm(x, short), {
      ...shape,
      text: `${torch} should contain 3 elements not 2`,
    });
    // A saved state lends what it was given, to be read.
    const { saved } = batchNormForward(x, { weight: ones([3]) });
    const lent = { ...running, [key]: saved.weight as Tensor };
    expectRefusal(() => batchNorm(x, lent), {
      name: 'StateError',
      code: 'STATE',
      text: `${key} is lent by a saved state`,
    });
  });
});
