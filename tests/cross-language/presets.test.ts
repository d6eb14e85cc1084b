// A layer with a preset is that framework’s layer: it loads its tensors by their names and gives its outputs and running
// statistics over several steps, with nothing said but the preset.
import { describe, expect, test } from '@jest/globals';
import { BatchNorm, GroupNorm, InstanceNorm, type Layer, LayerNorm, RMSNorm, scope, tensor } from 'normlayers';
import { expectRunning, expectWithin } from '../support/bounds.ts';
import { type Fixture, readFixtures } from '../support/fixtures.ts';
import type { Case } from '../support/operations.ts';
import { limitsOf } from './limits.ts';

interface About {
  readonly layer: keyof typeof CLASSES;
  readonly arguments: (number | number[])[];
  readonly options: { readonly scale?: boolean; readonly shift?: boolean };
  readonly shape: number[];
  /** The framework’s names for running mean and variance. */
  readonly running: [mean: string, variance: string] | [];
  readonly modes: ('train' | 'eval')[];
}

const CLASSES = { BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm };
const OPERATIONS = {
  BatchNorm: 'batchNorm',
  GroupNorm: 'groupNorm',
  InstanceNorm: 'instanceNorm',
  LayerNorm: 'layerNorm',
  RMSNorm: 'rmsNorm',
} as const;
/** Where the framework has the channels of an image. */
const CHANNEL_AXIS = { keras: -1, flax: -1, onnx: 1 } as const;
type Preset = keyof typeof CHANNEL_AXIS;

// The types of a layer follow the options it is given; a file does not tell them.
const make = (preset: Preset, { layer, arguments: given, options }: About): Layer =>
  new (CLASSES[layer] as unknown as new (...args: unknown[]) => Layer)(...given, { preset, ...options });

function caseOf(preset: Preset, { layer, arguments: given, shape }: About): Case {
  const op = OPERATIONS[layer];
  if (op === 'layerNorm' || op === 'rmsNorm') return { op, shape, normalizedShape: [given[0]!].flat() };
  const groups = op === 'groupNorm' ? { numGroups: given[0] as number } : {};
  return { op, shape, channelAxis: CHANNEL_AXIS[preset], ...groups };
}

function expectStep(layer: Layer, c: Case, { about, input, result }: Fixture<About>, k: number) {
  const [mean, variance] = about.running;
  const evaluates = about.modes[k] === 'eval';
  let constants = null;
  if (evaluates && mean && variance) {
    // Both sides evaluate from the same statistics, those that float32 holds.
    constants = { mean: input(`${k}.${mean}`), variance: input(`${k}.${variance}`) };
    layer.loadStateDict({ [mean]: constants.mean, [variance]: constants.variance }, { strict: false });
  }
  if (evaluates) layer.eval();
  const x = input(`${k}.x`);
  const [weight, bias] = [layer.weight?.toTypedArray() ?? null, layer.bias?.toTypedArray() ?? null];
  const limits = limitsOf(c, { x, weight, bias, eps: layer.eps, constants });
  scope(() => {
    const y = layer.forward(tensor(x, c.shape), { save: false });
    expectWithin(y.data, result(`${k}.y`), limits.y, `step ${k}, y`);
  });
  if (!evaluates && mean && variance) {
    const now = { mean: layer.runningMean!.data, variance: layer.runningVar!.data };
    const expected = { mean: result(`${k}.${mean}`), variance: result(`${k}.${variance}`) };
    expectRunning(now, expected, `step ${k}, running`);
  }
}

describe.each(['keras', 'flax', 'onnx'] as const)('preset %s', (preset) => {
  const { cases } = readFixtures<About>(preset);

  test.each(cases.map((fixture) => [fixture.title, fixture] as const))('%s', (_, fixture) => {
    const { about, state } = fixture;
    const layer = make(preset, about);
    try {
      expect(layer.loadStateDict(state())).toEqual({ missing: [], unexpected: [] });
      for (const k of about.modes.keys()) expectStep(layer, caseOf(preset, about), fixture, k);
    } finally {
      layer.dispose();
    }
  });

  test('every layer is tried', () => {
    expect(new Set(cases.map(({ about }) => about.layer))).toEqual(new Set(Object.keys(CLASSES)));
  });
});
