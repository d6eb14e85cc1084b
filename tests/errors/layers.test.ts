// What the layers refuse: at construction what can be known there, the rest at forward before anything is changed.
import { describe, expect, test } from '@jest/globals';
import { BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm, scope, tensor, zeros } from 'normlayers';
import { expectRefusal, refusals, refused } from '../support/errors.ts';
import { normals } from '../support/random.ts';

const { range, shape, type, value } = refused;

describe('layers', () => {
  refusals(
    () => ({}),
    [
      [
        'groups that do not divide the channels',
        () => new GroupNorm(3, 10),
        { ...range, text: 'num_channels (10) must be divisible by num_groups (3)' },
      ],
      ['zero features', () => new BatchNorm(0), range],
      ['a fractional number of features', () => new InstanceNorm(2.5), range],
      ['a number of features that is text', () => new BatchNorm('3' as never), type],
      ['no number of features', () => new BatchNorm(undefined as never), type],
      ['zero groups', () => new GroupNorm(0, 4), range],
      ['a normalized shape of no axes', () => new LayerNorm([]), range],
      ['a normalized shape with a negative extent', () => new RMSNorm([-1]), range],
      ['a normalized shape that is text', () => new LayerNorm('3' as never), type],
      ['a negative eps', () => new LayerNorm(3, { eps: -1 }), { ...value, text: 'eps' }],
      ['an eps that is NaN', () => new RMSNorm(3, { eps: Number.NaN }), { ...value, text: 'eps' }],
      ['an eps that is text', () => new BatchNorm(3, { eps: '1' as never }), { ...type, text: 'eps' }],
      ['a momentum above 1', () => new BatchNorm(3, { momentum: 2 }), { ...value, text: 'momentum' }],
      ['a negative momentum', () => new InstanceNorm(3, { momentum: -1 }), { ...value, text: 'momentum' }],
      ['an unknown preset', () => new BatchNorm(3, { preset: 'caffe' as never }), { ...value, text: 'preset' }],
      [
        'a preset named as a property of all objects',
        () => new BatchNorm(3, { preset: 'constructor' as never }),
        { ...value, text: 'preset' },
      ],
      ['a runtime that is none', () => new BatchNorm(3, { runtime: {} as never }), { ...type, text: 'runtime' }],
    ],
  );

  refusals(() => {
    const x = zeros([4, 3]);
    const wide = zeros([4, 5]);
    const pixels = zeros([4, 3, 2]);
    const made = [
      new BatchNorm(3, { eps: 0 }),
      new LayerNorm(3, { eps: 0 }),
      new GroupNorm(1, 3, { eps: 0 }),
      new RMSNorm(3, { eps: 0 }),
      new InstanceNorm(3, { eps: 0 }),
    ] as const;
    const [batch, layer, group, rms, instance] = made;
    const norm = new BatchNorm(3);
    const double = zeros([4, 3], { dtype: 'float64' });
    return { x, wide, pixels, made, batch, layer, group, rms, instance, norm, double };
  }, [
    ['eps 0 in training, batch norm', ({ x, batch }) => batch.forward(x), { ...value, text: 'eps' }],
    ['eps 0 in training, layer norm', ({ x, layer }) => layer.forward(x), { ...value, text: 'eps' }],
    ['eps 0 in training, group norm', ({ x, group }) => group.forward(x), { ...value, text: 'eps' }],
    ['eps 0 in training, RMS norm', ({ x, rms }) => rms.forward(x), { ...value, text: 'eps' }],
    ['eps 0 in training, instance norm', ({ pixels, instance }) => instance.forward(pixels), { ...value, text: 'eps' }],
    ['eps 0 in training, recorded', ({ x, layer }) => layer.record(x), { ...value, text: 'eps' }],
    ['another number of channels', ({ wide, norm }) => norm.forward(wide), { ...shape, text: ['3', '5'] }],
    ['an x that is no tensor', ({ norm }) => norm.forward([1, 2, 3] as never), { ...type, text: 'x' }],
    ['an x of float64', ({ norm, double }) => norm.forward(double as never), { ...type, text: "{ dtype: 'float32' }" }],
  ]);

  test('another number of channels is refused by layers without parameters, too', () => {
    scope(() => {
      const wide = zeros([4, 8, 2]);
      for (const norm of [
        new BatchNorm(6, { affine: false, trackRunningStats: false }),
        new BatchNorm(6, { affine: false }),
        new InstanceNorm(6),
        new GroupNorm(2, 6, { affine: false }),
      ]) {
        for (const mode of [() => norm.train(), () => norm.freeze(), () => norm.eval()]) {
          mode();
          expectRefusal(() => norm.forward(wide), { ...shape, text: ['6', '8'] });
        }
        norm.dispose();
      }
    });
  });

  test('eps 0 is fine in eval', () => {
    scope(() => {
      for (const norm of [new BatchNorm(3, { eps: 0 }), new LayerNorm(3, { eps: 0 }), new RMSNorm(3, { eps: 0 })]) {
        norm.eval();
        expect(norm.forward(zeros([4, 3])).data.every((v) => v === 0)).toBe(true);
        norm.dispose();
      }
    });
  });

  test('one value per channel is refused in training, and fine in eval', () => {
    scope(() => {
      const norm = new BatchNorm(3);
      const x = tensor(normals(3, 1), [1, 3]);
      norm.weight.data.fill(1);
      expectRefusal(() => norm.forward(x), {
        ...range,
        text: 'Expected more than 1 value per channel when training, got input size [1, 3]',
      });
      expect(Number(norm.numBatchesTracked)).toBe(0);
      expect(norm.eval().forward(x).shape).toEqual([1, 3]);
      norm.dispose();
    });
  });
});
