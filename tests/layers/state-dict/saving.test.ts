// State dictionaries that are saved: independent of the layer, in two forms.
import { afterEach, describe, expect, test } from '@jest/globals';
import { LayerNorm } from 'normlayers';
import { named } from '../../support/layers.ts';
import { disposeLayers, keepLayer, trained } from '../../support/state-dict.ts';

afterEach(disposeLayers);

describe('saving', () => {
  test('gives typed arrays that do not follow the layer', () => {
    const norm = trained();
    const dict = norm.stateDict() as Record<string, Float32Array>;
    const before = JSON.stringify(norm.stateDict({ json: true }));
    expect(Object.keys(dict)).toEqual(['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']);
    expect(dict.num_batches_tracked).toEqual(BigInt64Array.of(1n));
    expect(dict.weight).toEqual(Float32Array.of(1.5, 2.5, 0.1));
    expect(dict.weight!.buffer.byteLength).toBe(12);
    norm.weight.copyFrom([0, 0, 0]);
    expect(dict.weight![0]).toBe(1.5);
    dict.bias![0] = 99;
    expect(norm.bias.data[0]).toBe(-1);
    norm.weight.copyFrom([1.5, 2.5, 0.1]);
    expect(JSON.stringify(norm.stateDict({ json: true }))).toBe(before);
  });

  test('gives nested arrays and numbers for JSON', () => {
    const norm = keepLayer(new LayerNorm([2, 3]));
    expect(norm.stateDict({ json: true })).toEqual({
      weight: [
        [1, 1, 1],
        [1, 1, 1],
      ],
      bias: [
        [0, 0, 0],
        [0, 0, 0],
      ],
    });
    expect(trained().stateDict({ json: true }).num_batches_tracked).toBe(1);
  });

  test('uses the prefix as it is', () => {
    const norm = keepLayer(new LayerNorm(2));
    expect(Object.keys(norm.stateDict({ prefix: 'block.0.norm.' }))).toEqual([
      'block.0.norm.weight',
      'block.0.norm.bias',
    ]);
    expect(Object.keys(norm.stateDict({ prefix: 'n', json: true }))).toEqual(['nweight', 'nbias']);
  });

  test.each(named())('%s names what it has', (_, kind) => {
    const layer = keepLayer(kind.make());
    const has = [
      layer.weight && 'weight',
      layer.bias && 'bias',
      layer.runningMean && 'running_mean',
      layer.runningVar && 'running_var',
      layer.runningMean && 'num_batches_tracked',
    ];
    expect(Object.keys(layer.stateDict())).toEqual(has.filter(Boolean));
  });
});
