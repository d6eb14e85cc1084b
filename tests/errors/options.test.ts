// Options out of their range, or of another type, are refused by name.
import { describe, expect, test } from '@jest/globals';
import { backward, batchNorm, layerNormForward, scope, zeros } from 'normlayers';
import { refusals, refused } from '../support/errors.ts';

const { type, value } = refused;

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
      expect(call).toThrow(expect.objectContaining({ message: expect.stringContaining('momentum') }));
    });
  });
});
