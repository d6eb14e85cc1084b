// Every cell of the table of presets, by what the layer does; and an explicit option wins over its preset.
import { describe, expect, test } from '@jest/globals';
import { type Layer, scope, tensor } from 'normlayers';
import { expectWithin } from '../support/bounds.ts';
import {
  batchKind,
  groupKind,
  instanceKind,
  type Kind,
  kinds,
  layerKind,
  rmsKind,
  withChannelsLast,
} from '../support/layers.ts';
import { type Case, geometryOf } from '../support/operations.ts';
import * as oracle from '../support/oracle.ts';
import { expectForward, numbers } from '../support/verify.ts';

interface Preset {
  /** Batch, layer and group; instance; RMS. */
  eps: [batch: number, layer: number, group: number, instance: number, rms: number];
  momentum: number;
  unbiased: boolean;
  instanceAffine: boolean;
  names: string[];
  rmsName: string;
  channelAxis: 1 | -1;
}

const NULL_EPS = 1.1920928955078125e-7;
const presets: Record<string, Preset> = {
  torch: {
    eps: [1e-5, 1e-5, 1e-5, 1e-5, NULL_EPS],
    momentum: 0.1,
    unbiased: true,
    instanceAffine: false,
    names: ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'],
    rmsName: 'weight',
    channelAxis: 1,
  },
  keras: {
    eps: [1e-3, 1e-3, 1e-3, 1e-3, 1e-6],
    momentum: 0.01,
    unbiased: false,
    instanceAffine: true,
    names: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
    rmsName: 'scale',
    channelAxis: -1,
  },
  flax: {
    eps: [1e-5, 1e-6, 1e-6, 1e-6, 1e-6],
    momentum: 0.01,
    unbiased: false,
    instanceAffine: true,
    names: ['scale', 'bias', 'mean', 'var'],
    rmsName: 'scale',
    channelAxis: -1,
  },
  onnx: {
    eps: [1e-5, 1e-5, 1e-5, 1e-5, 1e-5],
    momentum: 0.1,
    unbiased: false,
    instanceAffine: true,
    names: ['scale', 'B', 'input_mean', 'input_var'],
    rmsName: 'scale',
    channelAxis: 1,
  },
};

/** Small enough that eps decides the result. */
const small = (r: { normal(): number }) => 1e-3 * r.normal();

const inLayout = (kind: Kind, channelAxis: 1 | -1): Case =>
  kind.case.channelAxis && channelAxis === -1 ? withChannelsLast(kind) : kind.case;

function withLayer(kind: Kind, options: Record<string, unknown>, use: (layer: Layer) => void) {
  const layer = kind.make(options);
  try {
    scope(() => use(layer));
  } finally {
    layer.dispose();
  }
}

function expectRunning(layer: Layer, c: Case, x: Float32Array, rule: oracle.RunningRule) {
  const channels = layer.runningMean!.size;
  const zeros = new Float32Array(channels);
  const expected = oracle.updateRunning(
    x,
    geometryOf(c),
    zeros,
    zeros.map(() => 1),
    rule,
  );
  expectWithin(layer.runningMean!.data, expected.mean, 2 ** -21 * rule.momentum * 10, 'running mean');
  expectWithin(
    layer.runningVar!.data,
    expected.variance,
    expected.variance.map((v) => 2 ** -21 * v),
    'running variance',
  );
}

describe.each(Object.entries(presets))('preset %s', (preset, row) => {
  const byKind = [batchKind, layerKind, groupKind, instanceKind, rmsKind];

  test.each(byKind.map((kind, i) => [kind.name, row.eps[i]!, kind] as const))(
    '%s has eps %p and the preset’s channel axis',
    (_, eps, kind) => {
      const c = inLayout(kind, row.channelAxis);
      const n = numbers(c, { affine: 'none', eps, family: small });
      withLayer(kind, { preset }, (layer) => expectForward(n, layer.forward(tensor(n.x, c.shape), { save: false })));
    },
  );

  test.each([batchKind, instanceKind].map((kind) => [kind.name, kind] as const))(
    '%s updates running statistics by the preset’s rule',
    (_, kind) => {
      const c = inLayout(kind, row.channelAxis);
      const { x } = numbers(c, { family: (r) => 5 + 3 * r.normal() });
      withLayer(kind, { preset, trackRunningStats: true }, (layer) => {
        layer.forward(tensor(x, c.shape), { save: false });
        expectRunning(layer, c, x, row);
      });
    },
  );

  test('instance norm has parameters or not', () => {
    withLayer(instanceKind, { preset }, (layer) => {
      expect([layer.weight !== null, layer.bias !== null]).toEqual([row.instanceAffine, row.instanceAffine]);
      expect(layer.runningMean).toBeNull();
    });
  });

  test('other layers have the parameters they always have', () => {
    for (const kind of [batchKind, layerKind, groupKind, rmsKind]) {
      withLayer(kind, { preset }, (layer) => {
        expect([layer.weight !== null, layer.bias !== null]).toEqual([true, kind !== rmsKind]);
      });
    }
  });

  test('state dictionaries use the preset’s names', () => {
    withLayer(batchKind, { preset }, (layer) => expect(Object.keys(layer.stateDict())).toEqual(row.names));
    withLayer(rmsKind, { preset }, (layer) => expect(Object.keys(layer.stateDict())).toEqual([row.rmsName]));
    for (const kind of [layerKind, groupKind]) {
      withLayer(kind, { preset }, (layer) => expect(Object.keys(layer.stateDict())).toEqual(row.names.slice(0, 2)));
    }
  });

  test('state dictionaries are loaded by the preset’s names', () => {
    withLayer(batchKind, { preset }, (layer) => {
      const dict = Object.fromEntries(
        row.names.map((name, i) => [name, name === 'num_batches_tracked' ? 7 : new Float32Array(6).fill(i + 2)]),
      );
      expect(layer.loadStateDict(dict)).toEqual({ missing: [], unexpected: [] });
      expect([layer.weight, layer.bias, layer.runningMean, layer.runningVar].map((t) => t!.data[5])).toEqual([
        2, 3, 4, 5,
      ]);
    });
  });

  test('explicit options win', () => {
    const options = {
      preset,
      eps: 0.25,
      momentum: 0.5,
      runningVariance: row.unbiased ? 'biased' : 'unbiased',
    };
    const channelAxis = row.channelAxis === 1 ? -1 : 1;
    const c = inLayout(batchKind, channelAxis);
    const n = numbers(c, { affine: 'none', eps: 0.25 });
    withLayer(batchKind, { ...options, channelAxis }, (layer) => {
      expectForward(n, layer.forward(tensor(n.x, c.shape), { save: false }));
      expectRunning(layer, c, n.x, { momentum: 0.5, unbiased: !row.unbiased });
    });
    withLayer(instanceKind, { preset, affine: !row.instanceAffine }, (layer) => {
      expect(layer.weight === null).toBe(row.instanceAffine);
    });
    withLayer(batchKind, { preset, affine: false }, (layer) => expect(layer.parameters()).toEqual([]));
  });
});

test('torch is the default preset', () => {
  for (const kind of kinds) {
    const keys = (options: Record<string, unknown>) => {
      const layer = kind.make(options);
      const result = Object.keys(layer.stateDict());
      layer.dispose();
      return result;
    };
    expect(keys({})).toEqual(keys({ preset: 'torch' }));
  }
});
