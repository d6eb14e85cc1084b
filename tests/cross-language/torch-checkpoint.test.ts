// State dictionaries that PyTorch saved load as they are read from the file, and layers then give what PyTorch’s give.
import { describe, expect, test } from '@jest/globals';
import { BatchNorm, GroupNorm, InstanceNorm, type Layer, LayerNorm, RMSNorm, scope, tensor } from 'normlayers';
import { expectWithin } from '../support/bounds.ts';
import { type Fixture, readFixtures, readTensors } from '../support/fixtures.ts';
import type { Case, Name } from '../support/operations.ts';
import { limitsOf } from './limits.ts';

interface About {
  /** Where the layer is in the model. */
  readonly name: string;
  readonly layer: keyof typeof CLASSES;
  readonly op: Name;
  readonly arguments: unknown[];
  readonly options: Record<string, unknown>;
  readonly eps: number;
  readonly shape: number[];
}

const CLASSES = { BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm };

const { tensors: checkpoint } = readTensors('torch-checkpoint.safetensors');
const { cases } = readFixtures<About>('torch-checkpoint-outputs');

// The types of a layer follow the options it is given; a file does not tell them.
const make = ({ layer, arguments: given, options }: About): Layer =>
  new (CLASSES[layer] as unknown as new (...args: unknown[]) => Layer)(...given, options);

/** Counters are bigints, which jest cannot pass on from a test that fails. */
const numbers = (values: ArrayLike<number | bigint>) => Array.from(values, Number);

function caseOf({ op, shape, arguments: given }: About): Case {
  if (op === 'layerNorm' || op === 'rmsNorm') return { op, shape, normalizedShape: [given[0]].flat() as number[] };
  return { op, shape, channelAxis: 1, ...(op === 'groupNorm' ? { numGroups: given[0] as number } : {}) };
}

function expectOutput(layer: Layer, { about, input, result }: Fixture<About>) {
  const c = caseOf(about);
  const values = (t: { toTypedArray(): Float32Array } | null) => t?.toTypedArray() ?? null;
  const [mean, variance] = [values(layer.runningMean), values(layer.runningVar)];
  const { y } = limitsOf(c, {
    x: input('x'),
    weight: values(layer.weight),
    bias: values(layer.bias),
    eps: about.eps,
    constants: mean && variance ? { mean, variance } : null,
  });
  scope(() => expectWithin(layer.eval().forward(tensor(input('x'), about.shape)).data, result('y'), y, 'y'));
}

describe('a checkpoint', () => {
  test('is of layers that are tried, all of them', () => {
    const layers = new Set(Object.keys(checkpoint).map((key) => key.slice(0, key.lastIndexOf('.'))));
    expect(cases.map(({ about }) => about.name).sort()).toEqual([...layers].sort());
  });

  test.each(cases.map((fixture) => [fixture.about.name, fixture] as const))('has %s', (name, fixture) => {
    const layer = make(fixture.about);
    try {
      const prefix = `${name}.`;
      expect(layer.loadStateDict(checkpoint, { prefix })).toEqual({ missing: [], unexpected: [] });
      expectOutput(layer, fixture);

      const saved = Object.entries(layer.stateDict({ prefix }));
      const original = Object.entries(checkpoint).filter(([key]) => key.startsWith(prefix));
      const counted = original.map(([key, { data }]) => [key, numbers(data)]);
      expect(Object.fromEntries(saved.map(([key, data]) => [key, numbers(data)]))).toEqual(Object.fromEntries(counted));
    } finally {
      layer.dispose();
    }
  });

  test('counts as PyTorch counts', () => {
    const layer = new BatchNorm(4, { momentum: null });
    layer.loadStateDict(checkpoint, { prefix: 'batch.average.' });
    expect(layer.numBatchesTracked).toBe(3);
    layer.dispose();
  });
});
