// Layers that keep running statistics give what PyTorch’s give, step by step: y, gradients, and the statistics after it.
import { describe, expect, test } from '@jest/globals';
import { BatchNorm, InstanceNorm, type Layer, scope, tensor } from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import { expectRunning, expectWithin } from '../support/bounds.ts';
import { type Fixture, readFixtures } from '../support/fixtures.ts';
import type { Case } from '../support/operations.ts';
import { limitsOf } from './limits.ts';

interface About {
  readonly op: 'batchNorm' | 'instanceNorm';
  readonly shape: number[];
  readonly channelsLast: boolean;
  readonly eps: number;
  readonly momentum: number | 'cumulative';
  readonly affine: [scale: boolean, shift: boolean];
  readonly modes: ('train' | 'frozen' | 'empty')[];
  /** PyTorch’s num_batches_tracked in the end. */
  readonly counts: number;
}

function layerOf({ about, input }: Fixture<About>): Layer {
  const { op, shape, channelsLast, eps, momentum, affine } = about;
  const [scale, shift] = affine;
  const layer = new (op === 'batchNorm' ? BatchNorm : InstanceNorm)(shape[channelsLast ? shape.length - 1 : 1]!, {
    eps,
    scale,
    shift,
    momentum: momentum === 'cumulative' ? null : momentum,
    trackRunningStats: true,
    channelAxis: channelsLast ? -1 : 1,
  });
  if (scale) layer.weight!.copyFrom(input('weight'));
  if (shift) layer.bias!.copyFrom(input('bias'));
  return layer;
}

/** Both sides evaluate from the same statistics, those that float32 holds. */
function freezeAt(layer: Layer, mean: Float32Array, variance: Float32Array) {
  layer.loadStateDict({ running_mean: mean, running_var: variance }, { strict: false });
  layer.freeze();
  return { mean, variance };
}

function expectStep(layer: Layer, { about, has, input, result }: Fixture<About>, k: number) {
  const [mode, at] = [about.modes[k]!, (name: string) => `${k}.${name}`];
  const shape = mode === 'empty' ? [0, ...about.shape.slice(1)] : about.shape;
  const c: Case = { op: about.op, shape, channelAxis: about.channelsLast ? -1 : 1 };
  const [x, dy] = [input(at('x')), input(at('dy'))];
  const frozen = mode === 'frozen';
  layer.train().freeze(false);
  const constants = frozen ? freezeAt(layer, input(at('mean_before')), input(at('var_before'))) : null;
  const [weight, bias] = [layer.weight?.toTypedArray() ?? null, layer.bias?.toTypedArray() ?? null];
  const limits = limitsOf(c, { x, dy, weight, bias, eps: about.eps, constants });

  layer.zeroGrad();
  scope(() => {
    const y = layer.forward(tensor(x, shape));
    const dx = layer.backward(tensor(dy, shape));
    expectWithin(y.data, result(at('y')), limits.y, `step ${k}, y`);
    expectWithin(dx.data, result(at('dx')), limits.dx, `step ${k}, dx`);
    for (const [parameter, key] of [[layer.weight, 'dweight'] as const, [layer.bias, 'dbias'] as const]) {
      expect(parameter !== null).toBe(has(at(key)));
      if (parameter) expectWithin(parameter.grad!.data, result(at(key)), limits[key], `step ${k}, ${key}`);
    }
    if (frozen) expectSameBits(layer.eval().forward(tensor(x, shape)).data, y.data, 'y in eval');
  });
  const now = { mean: layer.runningMean!.data, variance: layer.runningVar!.data };
  const expected = { mean: result(at('running_mean')), variance: result(at('running_var')) };
  expectRunning(now, expected, `step ${k}, running`);
}

const { cases } = readFixtures<About>('torch-training');

describe.each(['batchNorm', 'instanceNorm'])('%s', (op) => {
  const own = cases.filter(({ about }) => about.op === op);

  test.each(own.map((fixture) => [fixture.title, fixture] as const))('%s', (_, fixture) => {
    const { modes, counts } = fixture.about;
    const layer = layerOf(fixture);
    try {
      for (const k of modes.keys()) expectStep(layer, fixture, k);
      const updates = modes.filter((mode) => mode !== 'frozen').length;
      expect(layer.numBatchesTracked).toBe(updates);
      // PyTorch’s instance norm has the counter, and never counts; ours needs it for its cumulative average.
      expect(counts).toBe(op === 'batchNorm' ? updates : 0);
    } finally {
      layer.dispose();
    }
  });
});
