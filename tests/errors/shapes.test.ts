// Shapes that an operation cannot take, and parameters of other sizes, in PyTorch’s words where it has some.
import { describe, expect, test } from '@jest/globals';
import {
  BatchNorm,
  batchNorm,
  GroupNorm,
  groupNorm,
  InstanceNorm,
  instanceNorm,
  LayerNorm,
  layerNorm,
  layerNormBackward,
  rmsNorm,
  scope,
  zeros,
} from 'normlayers';
import { expectRefusal, refusals, refused } from '../support/errors.ts';

const { range, shape, type } = refused;

describe('shapes that an operation cannot take', () => {
  const normalized =
    'Given normalized_shape=[2, 2], expected input with shape [*, 2, 2], but got input of size[2, 2, 3]';
  refusals(() => {
    return { x: zeros([2, 2, 3]), none: zeros([2, 0]), deep: zeros([2, 2, 1, 1, 1, 1, 1, 1, 2]) };
  }, [
    ['layer norm of other trailing axes', ({ x }) => layerNorm(x, [2, 2]), { ...shape, text: normalized }],
    ['RMS norm of other trailing axes', ({ x }) => rmsNorm(x, [2, 2]), { ...shape, text: normalized }],
    ['layer norm of a number that is not the last extent', ({ x }) => layerNorm(x, 7), { ...shape, text: '[7]' }],
    ['RMS norm of a number that is not the last extent', ({ x }) => rmsNorm(x, 7), { ...shape, text: '[7]' }],
    ['layer norm of no elements, by their number', ({ none }) => layerNorm(none, 0), { ...range, text: '[0]' }],
    [
      'layer norm over more axes than there are',
      ({ x }) => layerNorm(x, [1, 2, 2, 3]),
      { ...shape, text: 'Given normalized_shape=[1, 2, 2, 3], expected input with shape [*, 1, 2, 2, 3]' },
    ],
    ['layer norm of nine axes', ({ deep }) => layerNorm(deep, 2), { ...shape, text: 'x expected 1 to 8 axes, got 9' }],
    ['batch norm of nine axes', ({ deep }) => batchNorm(deep), { ...shape, text: 'x expected 2 to 8 axes, got 9' }],
    ['group norm of nine axes', ({ deep }) => groupNorm(deep, 1), { ...shape, text: 'x expected 2 to 8 axes, got 9' }],
    ['layer norm over no axis', ({ x }) => layerNorm(x, []), { ...range, text: '[]' }],
    ['a normalized shape that is negative', ({ x }) => layerNorm(x, [-3]), range],
    ['a normalized shape that is no array', ({ x }) => layerNorm(x, '3' as never), type],
  ]);
  refusals(() => {
    const vector = zeros([3]);
    const matrix = zeros([2, 3]);
    return { vector, matrix };
  }, [
    ['batch norm of a vector', ({ vector }) => batchNorm(vector), shape],
    ['instance norm of a vector', ({ vector }) => instanceNorm(vector), shape],
    ['group norm of a vector', ({ vector }) => groupNorm(vector, 1), shape],
    ['a channel axis that is not there', ({ matrix }) => batchNorm(matrix, { channelAxis: 5 as never }), range],
  ]);
  refusals(() => {
    const [channels, space, last] = [zeros([2, 0, 3]), zeros([2, 3, 0]), zeros([2, 0, 3])];
    return { channels, space, last };
  }, [
    ['batch norm of zero channels', ({ channels }) => batchNorm(channels), { ...shape, text: '[2, 0, 3]' }],
    ['instance norm of zero channels', ({ channels }) => instanceNorm(channels), { ...shape, text: '[2, 0, 3]' }],
    ['group norm of zero channels', ({ channels }) => groupNorm(channels, 1), { ...shape, text: '[2, 0, 3]' }],
    ['batch norm of no space', ({ space }) => batchNorm(space), { ...shape, text: '[2, 3, 0]' }],
    ['instance norm of no space', ({ space }) => instanceNorm(space), { ...shape, text: '[2, 3, 0]' }],
    ['group norm of no space', ({ space }) => groupNorm(space, 3), { ...shape, text: '[2, 3, 0]' }],
    [
      'batch norm of no space, channels last',
      ({ last }) => batchNorm(last, { channelAxis: -1 }),
      { ...shape, text: '[2, 0, 3]' },
    ],
  ]);
  refusals(() => {
    const x = zeros([2, 10, 4]);
    return { x };
  }, [
    [
      'groups that do not divide the channels',
      ({ x }) => groupNorm(x, 3),
      { ...range, text: ['num_groups', '3', '10'] },
    ],
    ['zero groups', ({ x }) => groupNorm(x, 0), range],
    ['a negative number of groups', ({ x }) => groupNorm(x, -2), range],
    ['a fractional number of groups', ({ x }) => groupNorm(x, 2.5), range],
    ['a number of groups that is none', ({ x }) => groupNorm(x, '2' as never), type],
  ]);
});

describe('sizes, in PyTorch’s words', () => {
  const row =
    'Expected weight to be of same shape as normalized_shape, but got weight of shape [2] and normalized_shape = [5]';
  const groups =
    'Expected weight to be a vector of size equal to the number of channels in input, but got weight of shape [2] and input of shape [4, 3, 5]';
  refusals(() => {
    const x = zeros([4, 3, 5]);
    const [two, three] = [zeros([2]), zeros([3])];
    const running = { runningMean: three, runningVar: three };
    return { x, two, three, running };
  }, [
    [
      'running mean',
      ({ x, two, running }) => batchNorm(x, { ...running, runningMean: two }),
      { ...shape, text: 'running_mean should contain 3 elements not 2' },
    ],
    [
      'running variance',
      ({ x, two, running }) => batchNorm(x, { ...running, runningVar: two }),
      { ...shape, text: 'running_var should contain 3 elements not 2' },
    ],
    [
      'running mean in training',
      ({ x, two, running }) => batchNorm(x, { ...running, runningMean: two, mode: 'train' }),
      { ...shape, text: 'running_mean should contain 3 elements not 2' },
    ],
    [
      'running mean of instance norm',
      ({ x, two, running }) => instanceNorm(x, { ...running, runningMean: two }),
      { ...shape, text: 'running_mean should contain 3 elements not 2' },
    ],
    [
      'weight of batch norm',
      ({ x, two }) => batchNorm(x, { weight: two }),
      { ...shape, text: 'weight should contain 3 elements not 2' },
    ],
    [
      'bias of batch norm',
      ({ x, two }) => batchNorm(x, { bias: two }),
      { ...shape, text: 'bias should contain 3 elements not 2' },
    ],
    ['weight of layer norm', ({ x, two }) => layerNorm(x, [5], { weight: two }), { ...shape, text: row }],
    [
      'bias of layer norm',
      ({ x, two }) => layerNorm(x, [5], { bias: two }),
      { ...shape, text: row.replaceAll('weight', 'bias') },
    ],
    ['weight of RMS norm', ({ x, two }) => rmsNorm(x, [5], { weight: two }), { ...shape, text: row }],
    ['weight of group norm', ({ x, two }) => groupNorm(x, 1, { weight: two }), { ...shape, text: groups }],
    [
      'bias of group norm',
      ({ x, two }) => groupNorm(x, 1, { bias: two }),
      { ...shape, text: groups.replaceAll('weight', 'bias') },
    ],
  ]);
});

describe('extents that kernels cannot count, of an x without data points', () => {
  const tooMany = 2 ** 32;
  const text = (...extents: number[]) => ({
    ...shape,
    text: `x must have fewer than 2^32 elements along the axes, got shape [${extents.join(', ')}]`,
  });
  refusals(() => {
    const [row, image, last] = [zeros([0, tooMany]), zeros([0, 2 ** 16, 2 ** 16]), zeros([0, 2 ** 31, 2])];
    const layers = [new LayerNorm(tooMany, { elementwiseAffine: false }), new LayerNorm(tooMany)] as const;
    return { row, image, last, layers };
  }, [
    ['layer norm', ({ row }) => layerNorm(row, tooMany), text(0, tooMany)],
    ['layer norm over two axes', ({ image }) => layerNorm(image, [2 ** 16, 2 ** 16]), text(0, 2 ** 16, 2 ** 16)],
    ['RMS norm', ({ row }) => rmsNorm(row, tooMany), text(0, tooMany)],
    ['batch norm', ({ row }) => batchNorm(row), text(0, tooMany)],
    ['batch norm of images', ({ image }) => batchNorm(image), text(0, 2 ** 16, 2 ** 16)],
    ['instance norm', ({ image }) => instanceNorm(image), text(0, 2 ** 16, 2 ** 16)],
    ['instance norm, channels last', ({ last }) => instanceNorm(last, { channelAxis: -1 }), text(0, 2 ** 31, 2)],
    ['group norm', ({ row }) => groupNorm(row, 1), text(0, tooMany)],
    ['group norm, channels last', ({ last }) => groupNorm(last, 2, { channelAxis: -1 }), text(0, 2 ** 31, 2)],
    ['backward', ({ row }) => layerNormBackward(row, row, tooMany), text(0, tooMany)],
    ['a layer', ({ layers, row }) => layers[0].forward(row), text(0, tooMany)],
    ['a layer that has no parameters yet', ({ layers, row }) => layers[1].forward(row), text(0, tooMany)],
  ]);

  test('one element less can be counted', () => {
    scope(() => {
      const row = zeros([0, tooMany - 1]);
      const image = zeros([0, 3, (tooMany - 1) / 3]);
      for (const y of [layerNorm(row, tooMany - 1), rmsNorm(row, tooMany - 1), batchNorm(row), groupNorm(row, 1)])
        expect(y.shape).toEqual(row.shape);
      for (const y of [batchNorm(image), instanceNorm(image), groupNorm(image, 3)])
        expect(y.shape).toEqual(image.shape);
    });
  });
});

describe('parameters with axes too many', () => {
  refusals(
    () => ({ x: zeros([2, 3]), three: zeros([3]), one: zeros([3, 1]), two: zeros([3, 2]), first: zeros([1, 3]) }),
    [
      ['weight of layer norm', ({ x, one }) => layerNorm(x, 3, { weight: one }), { ...shape, text: '[3, 1]' }],
      ['bias of RMS norm', ({ x, two }) => rmsNorm(x, 3, { bias: two }), { ...shape, text: '[3, 2]' }],
      ['weight of group norm', ({ x, one }) => groupNorm(x, 3, { weight: one }), { ...shape, text: '[3, 1]' }],
      ['bias of group norm', ({ x, first }) => groupNorm(x, 3, { bias: first }), { ...shape, text: '[1, 3]' }],
      ['weight of batch norm', ({ x, one }) => batchNorm(x, { weight: one }), { ...shape, text: '[3, 1]' }],
      [
        'running mean',
        ({ x, one, three }) => batchNorm(x, { runningMean: one, runningVar: three }),
        { ...shape, text: 'runningMean expected shape [3], got [3, 1]' },
      ],
      [
        'running variance',
        ({ x, one, three }) => batchNorm(x, { runningMean: three, runningVar: one }),
        { ...shape, text: 'runningVar expected shape [3], got [3, 1]' },
      ],
    ],
  );
});

describe('channels on another axis: the error says where x has them, and the cure', () => {
  const found = 'x of shape [2, 5, 5, 4] has 5 channels, on axis 1';
  const last = '(channels last: channelAxis: -1)';
  refusals(() => {
    const [x, first] = [zeros([2, 5, 5, 4]), zeros([2, 4, 3, 5])];
    const running = { runningMean: zeros([4]), runningVar: zeros([4]) };
    const layers = [
      new BatchNorm(4),
      new BatchNorm(4, { affine: false }).eval(),
      new InstanceNorm(4),
      new GroupNorm(2, 4),
    ] as const;
    return { x, first, running, layers, four: zeros([4]) };
  }, [
    [
      'running mean',
      ({ x, running }) => batchNorm(x, running),
      { ...shape, text: ['running_mean should contain 5 elements not 4: ', found, last] },
    ],
    [
      'batch norm layer',
      ({ x, layers }) => layers[0].forward(x),
      { ...shape, text: ['running_mean should contain 5 elements not 4: ', found, last] },
    ],
    [
      'batch norm layer without parameters',
      ({ x, layers }) => layers[1].forward(x),
      { ...shape, text: ['running_mean should contain 5 elements not 4: ', found, last] },
    ],
    [
      'instance norm layer',
      ({ x, layers }) => layers[2].forward(x),
      { ...shape, text: ['x expected 4 channels', found, last] },
    ],
    [
      'group norm layer',
      ({ x, layers }) => layers[3].forward(x),
      { ...shape, text: ['Expected weight to be a vector', found, last] },
    ],
    [
      'channels first, taken for last',
      ({ first, four }) => batchNorm(first, { weight: four, channelAxis: -1 }),
      {
        ...shape,
        text: [
          'weight should contain 5 elements not 4: x of shape [2, 4, 3, 5] has 5 channels, on axis 3',
          '(channels first: channelAxis: 1)',
        ],
      },
    ],
  ]);

  test('no cure is told where no axis has the channels', () => {
    scope(() => {
      const [x, weight] = [zeros([2, 5, 4]), zeros([9])];
      const error = expectRefusal(() => batchNorm(x, { weight }), shape);
      expect(error.message).toBe(
        'weight should contain 5 elements not 9: x of shape [2, 5, 4] has 5 channels, on axis 1',
      );
    });
  });
});
