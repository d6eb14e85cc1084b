// What the layers refuse: at construction what can be known there, the rest at forward before anything is changed.
import { describe, expect, test } from '@jest/globals';
import {
  BatchNorm,
  createRuntime,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  layerNormForward,
  RMSNorm,
  scope,
  setDefaultRuntime,
  type Tensor,
  tensor,
  zeros,
} from 'normlayers';
import { expectRefusal, type Refusal, refusals, refused } from '../support/errors.ts';
import { affine, named } from '../support/layers.ts';
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
      [
        'a preset that is no text',
        () => new LayerNorm(3, { preset: 1 as never }),
        { ...type, text: 'preset must be a string' },
      ],
      [
        'a preset in capitals',
        () => new LayerNorm(3, { preset: 'Keras' as never }),
        { ...value, text: "one of 'torch', 'keras', 'flax', 'onnx'" },
      ],
      ['no eps, where it has no meaning', () => new LayerNorm(3, { eps: null as never }), { ...type, text: 'eps' }],
      [
        'float64',
        () => new LayerNorm(3, { dtype: 'float64' as never }),
        { ...type, text: "layers compute float32 alone for now, { dtype: 'float32' }" },
      ],
      ['a scale that is no flag', () => new RMSNorm(3, { scale: 1 as never }), { ...type, text: 'scale must be' }],
      ['a shift that is no flag', () => new LayerNorm(3, { shift: 1 as never }), { ...type, text: 'shift must be' }],
      [
        'running statistics that are no flag',
        () => new BatchNorm(3, { trackRunningStats: 1 as never }),
        { ...type, text: 'trackRunningStats must be' },
      ],
      ['a number of groups that is text', () => new GroupNorm('1' as never, 3), { ...type, text: 'numGroups' }],
      ['a number of channels that is text', () => new GroupNorm(1, '3' as never), { ...type, text: 'numChannels' }],
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
    [
      'a backward before any forward',
      ({ x, norm }) => norm.backward(x),
      { name: 'StateError', code: 'STATE', text: 'no forward is pending' },
    ],
    ['another number of channels', ({ wide, norm }) => norm.forward(wide), { ...shape, text: ['3', '5'] }],
    ['an x that is no tensor', ({ norm }) => norm.forward([1, 2, 3] as never), { ...type, text: 'x' }],
    ['an x of float64', ({ norm, double }) => norm.forward(double as never), { ...type, text: "{ dtype: 'float32' }" }],
  ]);

  test('another number of channels, and float64, are refused by layers without parameters, too', () => {
    scope(() => {
      const [wide, double] = [zeros([4, 8, 2]), zeros([4, 6, 2], { dtype: 'float64' })];
      for (const [norm, counted] of [
        [new BatchNorm(6, { affine: false, trackRunningStats: false }), 'numFeatures'],
        [new BatchNorm(6, { affine: false }), ''],
        [new InstanceNorm(6), 'numFeatures'],
        [new GroupNorm(2, 6, { affine: false }), 'numChannels'],
      ] as const) {
        for (const mode of [() => norm.train(), () => norm.freeze(), () => norm.eval()]) {
          mode();
          expectRefusal(() => norm.forward(wide), { ...shape, text: ['6', '8', counted] });
        }
        const untracked = { ...shape, text: ['6', '8', counted] };
        expectRefusal(() => norm.train().freeze(false).forward(wide, { track: false }), untracked);
        expectRefusal(() => norm.forward(double as never), { ...type, text: 'x must be float32' });
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

describe('options that a layer does not have', () => {
  const unknown: [string, () => unknown, string][] = [
    ['a misspelt eps', () => new LayerNorm(3, { epsilon: 1e-3 } as never), 'epsilon'],
    ['running statistics of layer norm', () => new LayerNorm(3, { trackRunningStats: true } as never), 'track'],
    ['a channel axis of RMS norm', () => new RMSNorm(3, { channelAxis: -1 } as never), 'channelAxis'],
    ['a momentum of group norm', () => new GroupNorm(1, 3, { momentum: 0.1 } as never), 'momentum'],
    ['the affine option of another layer', () => new BatchNorm(3, { elementwiseAffine: true } as never), 'element'],
  ];
  test.each(unknown)('%s is refused', (_, call, text) => {
    expectRefusal(call, { ...value, text });
  });

  test('a channel axis between two is refused when the layer is made', () => {
    expectRefusal(() => new BatchNorm(3, { channelAxis: 1.5 }), { ...value, text: 'channelAxis must be 1 or -1' });
  });

  test('options in an array are refused', () => {
    expectRefusal(() => new LayerNorm(3, [] as never), type);
  });
});

describe.each(named())('the first forward of %s', (_, kind) => {
  const wrong: [string, (x: Tensor) => [unknown, object?], Refusal][] = [
    ['no tensor', () => [{}], { ...type, text: 'x' }],
    ['nothing', () => [undefined], { ...type, text: 'x' }],
    ['another shape', () => [zeros([4, 7, 5])], shape],
    ['another rank', () => [zeros([3])], range],
    ['another dtype', () => [zeros(kind.case.shape, { dtype: 'float64' })], type],
    ['an `out` of another shape', (x) => [x, { out: zeros([3]) }], shape],
    ['an `out` over x', (x) => [x, { out: x }], range],
  ];

  test.each(wrong)('with %s allocates nothing', (_, prepare, refusal) => {
    scope(() => {
      // No room for a parameter: allocating before checking would be another error.
      const runtime = createRuntime({ initialMemory: 2 ** 20, maxMemory: 2 ** 20 });
      setDefaultRuntime(runtime);
      const x = zeros(kind.case.shape);
      const [input, options] = prepare(x);
      const layer = kind.make({ ...affine });
      for (let size = 2 ** 18; size >= 16; ) {
        try {
          zeros([size]);
        } catch {
          size /= 2;
        }
      }
      const full = runtime.memory();
      expectRefusal(() => layer.forward(input as Tensor, options), refusal);
      expect(runtime.memory()).toEqual(full);
      runtime.dispose();
      setDefaultRuntime(createRuntime());
    });
  });
});

describe('a state of another layer', () => {
  test.each(named())('%s refuses what it did not record, though all else is alike', (_, kind) => {
    scope(() => {
      const plain = { scale: false, shift: false };
      const [own, other] = [kind.make({ ...plain, eps: 1e-5 }), kind.make({ ...plain, eps: 1 })];
      const x = zeros(kind.case.shape);
      const { saved } = other.record(x);
      expectRefusal(() => own.backward(x, { saved }), { ...value, text: 'saved' });
      expect(other.backward(x, { saved })!.shape).toEqual(kind.case.shape);
      own.dispose();
      other.dispose();
    });
  });

  test('a function’s is refused, and one that a function has recycled', () => {
    scope(() => {
      const norm = new LayerNorm(3);
      const x = zeros([2, 3]);
      const options = { weight: norm.weight, bias: norm.bias };
      const foreign = layerNormForward(x, 3, options).saved;
      expectRefusal(() => norm.backward(x, { saved: foreign }), value);
      const { saved } = norm.record(x);
      layerNormForward(x, 3, { ...options, reuse: saved });
      expectRefusal(() => norm.backward(x, { saved }), value);
      norm.dispose();
    });
  });
});

describe('what backward of a layer leaves to its parameters', () => {
  refusals(() => {
    const norm = new LayerNorm(3);
    const x = zeros([2, 3]);
    norm.weight.data.fill(1);
    norm.forward(x);
    return { norm, x, right: zeros([3]) };
  }, [
    [
      'an `out` for dweight',
      ({ norm, x, right }) => norm.backward(x, { out: { dweight: right } as never }),
      { ...value, text: 'dweight' },
    ],
    [
      'an `accumulate` of dbias',
      ({ norm, x }) => norm.backward(x, { accumulate: { dbias: false } as never }),
      { ...value, text: 'dbias' },
    ],
  ]);
});

describe('what is easily confused at a layer', () => {
  /** As JavaScript sees it. */
  const untyped = (norm: object) => norm as Record<'train' | 'eval', (given: unknown) => unknown>;
  refusals(() => {
    const norm = new LayerNorm(3);
    const x = zeros([2, 3]);
    norm.forward(x);
    return { norm, x, record: norm.record(x) };
  }, [
    [
      'a saved state for options',
      ({ norm, x, record }) => norm.backward(x, record.saved as never),
      { ...type, text: ['options', 'a saved state', 'pass { saved }'] },
    ],
    [
      'a record for its saved',
      ({ norm, x, record }) => norm.backward(x, { saved: record as never }),
      { ...type, text: 'saved must be the .saved of a forward or record' },
    ],
    ['train(false)', ({ norm }) => untyped(norm).train(false), { ...type, text: 'use eval()' }],
    ['train(true)', ({ norm }) => untyped(norm).train(true), { ...type, text: 'use train()' }],
    ['eval(false)', ({ norm }) => untyped(norm).eval(false), { ...type, text: 'use train()' }],
    ['eval(1)', ({ norm }) => untyped(norm).eval(1), { ...type, text: 'use eval()' }],
  ]);

  test('leaves the mode and the pending forward as they were', () => {
    scope(() => {
      const norm = new LayerNorm(3);
      const x = zeros([2, 3]);
      norm.forward(x);
      const { saved } = norm.record(x);
      expectRefusal(() => untyped(norm).eval(true), type);
      expectRefusal(() => norm.backward(x, saved as never), type);
      expect(norm.mode).toBe('train');
      expect(norm.backward(x).shape).toEqual([2, 3]);
      norm.dispose();
    });
  });
});
