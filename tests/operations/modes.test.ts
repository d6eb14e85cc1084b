// Running statistics in the stateless functions: which mode uses, updates or ignores them, and by which rule.
import { describe, expect, test } from '@jest/globals';
import { backward, scope, tensor } from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import { expectWithin } from '../support/bounds.ts';
import {
  apply,
  applyBackward,
  applyForward,
  type Case,
  type GradientTensors,
  geometryOf,
  type Options,
  title,
} from '../support/operations.ts';
import * as oracle from '../support/oracle.ts';
import { normals } from '../support/random.ts';
import { bothLayouts, withRunning } from '../support/shapes.ts';
import { expectForward, expectGradients, expectPresent, numbers, tensors } from '../support/verify.ts';

const subjects: Case[] = [
  ...withRunning,
  ...bothLayouts('batchNorm', [2, 1, 130]),
  ...bothLayouts('batchNorm', [3, 70]),
  ...bothLayouts('instanceNorm', [1, 5, 8]),
  ...bothLayouts('instanceNorm', [9, 33, 2]),
];

const running = (c: Case) => {
  const { running: r } = numbers(c, { frozen: true });
  return { mean: r!.mean, variance: r!.variance };
};

describe.each(subjects.map((c) => [title(c), c] as const))('%s', (_, c) => {
  const batch = numbers(c);
  const constant = numbers(c, { frozen: true });
  const start = running(c);

  /** Runs with fresh running statistics and returns what has become of them. */
  const run = (options: Options, call: (o: Options) => void) =>
    scope(() => {
      const runningMean = tensor(start.mean);
      const runningVar = tensor(start.variance);
      call({ ...tensors(c, batch).options, runningMean, runningVar, ...options });
      return { mean: runningMean.toTypedArray(), variance: runningVar.toTypedArray() };
    });

  const expectUpdated = (after: typeof start, rule: oracle.RunningRule) => {
    const expected = oracle.updateRunning(batch.x, geometryOf(c), start.mean, start.variance, rule);
    const limit = (values: Float64Array, scale: number) => values.map((v) => 2 ** -21 * (Math.abs(v) + scale));
    expectWithin(after.mean, expected.mean, limit(expected.mean, rule.momentum), 'running mean');
    expectWithin(after.variance, expected.variance, limit(expected.variance, 0), 'running variance');
  };

  const expectUntouched = (after: typeof start) => {
    expectSameBits(after.mean, start.mean, 'running mean');
    expectSameBits(after.variance, start.variance, 'running variance');
  };

  test.each([0, 0.1, 0.5, 1])('train uses the input and updates with momentum %p', (momentum) => {
    const after = run({ mode: 'train', momentum }, (options) => {
      expectForward(batch, apply(c, tensor(batch.x, c.shape), options));
    });
    expectUpdated(after, { momentum, unbiased: true });
  });

  test('the default momentum is 0.1', () => {
    const after = run({ mode: 'train' }, (options) => apply(c, tensor(batch.x, c.shape), options));
    expectUpdated(after, { momentum: 0.1, unbiased: true });
  });

  test.each(['biased', 'unbiased'] as const)('the running variance can be %s', (runningVariance) => {
    const after = run({ mode: 'train', momentum: 0.25, runningVariance }, (options) => {
      applyForward(c, tensor(batch.x, c.shape), options);
    });
    expectUpdated(after, { momentum: 0.25, unbiased: runningVariance === 'unbiased' });
  });

  test('train in place updates from the values before', () => {
    const after = run({ mode: 'train' }, (options) => {
      const x = tensor(batch.x, c.shape);
      apply(c, x, { ...options, out: x });
      expectForward(batch, x);
    });
    expectUpdated(after, { momentum: 0.1, unbiased: true });
  });

  test.each([undefined, 'eval', 'frozen'] as const)('mode %p uses running statistics and leaves them', (mode) => {
    const after = run(mode ? { mode } : {}, (options) => {
      const x = tensor(constant.x, c.shape);
      expectForward(constant, apply(c, x, options));
      const { saved } = applyForward(c, x, options);
      const dy = tensor(constant.dy, c.shape);
      expectGradients(constant, backward(saved, dy) as GradientTensors);
      const alone = applyBackward(c, dy, x, { ...options, mode: 'frozen' });
      expectPresent(constant, alone);
      expectGradients(constant, alone);
    });
    expectUntouched(after);
  });

  test.each([undefined, 'train', 'eval', 'frozen'] as const)(
    'mode %p without running statistics uses the input, backward included',
    (mode) => {
      scope(() => {
        const { x, dy, options } = tensors(c, batch);
        const { y, saved } = applyForward(c, x, { ...options, ...(mode ? { mode } : {}) });
        expectForward(batch, y);
        expectGradients(batch, backward(saved, dy) as GradientTensors);
      });
    },
  );

  test('backward follows the mode that its forward recorded', () => {
    run({ mode: 'train' }, (options) => {
      const dy = tensor(batch.dy, c.shape);
      const { saved } = applyForward(c, tensor(batch.x, c.shape), options);
      options.runningMean!.copyFrom(normals(start.mean.length, 9));
      expectGradients(batch, backward(saved, dy) as GradientTensors);
    });
  });

  test('statistics that were constants are those of the forward, whatever becomes of the running ones', () => {
    run({ mode: 'frozen' }, (options) => {
      const dy = tensor(constant.dy, c.shape);
      const { saved } = applyForward(c, tensor(constant.x, c.shape), options);
      options.runningVar!.copyFrom(new Float32Array(start.mean.length).fill(1e6));
      expectGradients(constant, backward(saved, dy) as GradientTensors);
    });
  });
});

test('a running variance of zero with eps 0 gives exactly bias', () => {
  scope(() => {
    for (const c of withRunning) {
      const channels = numbers(c).weight!.length;
      const y = apply(c, tensor(numbers(c).x, c.shape), {
        eps: 0,
        bias: tensor(new Float32Array(channels).fill(0.75)),
        runningMean: tensor(new Float32Array(channels)),
        runningVar: tensor(new Float32Array(channels)),
      });
      expect(y.data.every((value) => value === 0.75)).toBe(true);
    }
  });
});
