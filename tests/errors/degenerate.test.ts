// Statistics of too few values are refused where there is something to learn from them, in PyTorch’s words.
import { describe, expect, test } from '@jest/globals';
import {
  batchNorm,
  batchNormBackward,
  batchNormForward,
  instanceNorm,
  instanceNormBackward,
  scope,
  tensor,
  zeros,
} from 'normlayers';
import { refusals, refused } from '../support/errors.ts';

const { range } = refused;

describe('too few values for a statistic', () => {
  const channel = 'Expected more than 1 value per channel when training, got input size ';
  const spatial = 'Expected more than 1 spatial element when training, got input size ';

  refusals(() => {
    const [row, pixel, flat, one] = [zeros([1, 3]), zeros([1, 3, 1, 1]), zeros([4, 3]), zeros([4, 3, 1])];
    const running = { runningMean: zeros([3]), runningVar: zeros([3]) };
    return { row, pixel, flat, one, running };
  }, [
    ['batch norm of one row', ({ row }) => batchNorm(row), { ...range, text: `${channel}[1, 3]` }],
    [
      'batch norm of one pixel',
      ({ pixel }) => batchNorm(pixel, { mode: 'train' }),
      { ...range, text: `${channel}[1, 3, 1, 1]` },
    ],
    ['batch norm that saves', ({ row }) => batchNormForward(row), { ...range, text: `${channel}[1, 3]` }],
    [
      'batch norm that updates',
      ({ row, running }) => batchNorm(row, { ...running, mode: 'train' }),
      { ...range, text: `${channel}[1, 3]` },
    ],
    ['the gradient of batch norm', ({ row }) => batchNormBackward(row, row), { ...range, text: `${channel}[1, 3]` }],
    ['instance norm without space', ({ flat }) => instanceNorm(flat), { ...range, text: `${spatial}[4, 3]` }],
    ['instance norm of one element', ({ one }) => instanceNorm(one), { ...range, text: `${spatial}[4, 3, 1]` }],
    [
      'instance norm of one element in eval',
      ({ one }) => instanceNorm(one, { mode: 'eval' }),
      { ...range, text: `${spatial}[4, 3, 1]` },
    ],
    [
      'instance norm that updates',
      ({ one, running }) => instanceNorm(one, { ...running, mode: 'train' }),
      { ...range, text: `${spatial}[4, 3, 1]` },
    ],
    [
      'the gradient of instance norm',
      ({ one }) => instanceNormBackward(one, one),
      { ...range, text: `${spatial}[4, 3, 1]` },
    ],
  ]);

  test('leaves running statistics as they were', () => {
    scope(() => {
      const runningMean = tensor([1, 2, 3]);
      const runningVar = tensor([4, 5, 6]);
      expect(() => batchNorm(zeros([1, 3]), { runningMean, runningVar, mode: 'train' })).toThrow(RangeError);
      expect([runningMean.toArray(), runningVar.toArray()]).toEqual([
        [1, 2, 3],
        [4, 5, 6],
      ]);
    });
  });
});
