// Running statistics of layers: when they are used, when they are updated, and how.
import { afterAll, describe, expect, test } from '@jest/globals';
import { type Layer, scope, tensor } from 'normlayers';
import { expectWithin } from '../support/bounds.ts';
import { expectRefusal } from '../support/errors.ts';
import { batchKind, instanceKind, kinds } from '../support/layers.ts';
import { geometryOf } from '../support/operations.ts';
import * as oracle from '../support/oracle.ts';
import { expectForward, expectGradients, numbers } from '../support/verify.ts';

const layers: Layer[] = [];
afterAll(() => {
  for (const layer of layers) layer.dispose();
});

const tracking = [batchKind, instanceKind].map((kind) => [kind.name, kind] as const);

describe.each(tracking)('%s', (_, kind) => {
  const c = kind.case;
  const make = (options: Record<string, unknown> = {}) => {
    const layer = kind.make({ trackRunningStats: true, affine: true, ...options });
    layers.push(layer);
    return layer;
  };
  const batch = (seed: number) => numbers(c, { affine: 'none', seed, family: (r) => 3 + 2 * r.normal() });
  const snapshot = (layer: Layer) => ({
    mean: layer.runningMean!.toTypedArray(),
    variance: layer.runningVar!.toTypedArray(),
    count: Number(layer.numBatchesTracked),
  });
  const step = (layer: Layer, seed: number, options = {}) =>
    scope(() => layer.forward(tensor(batch(seed).x, c.shape), { save: false, ...options }).toTypedArray());

  test('training updates them with momentum 0.1 and the unbiased variance, and counts', () => {
    const layer = make();
    let mean: oracle.Values = new Float32Array(6);
    let variance: oracle.Values = new Float32Array(6).fill(1);
    for (let i = 1; i <= 5; i++) {
      step(layer, i);
      ({ mean, variance } = oracle.updateRunning(batch(i).x, geometryOf(c), mean, variance, {
        momentum: 0.1,
        unbiased: true,
      }));
      const now = snapshot(layer);
      expect(now.count).toBe(i);
      expectWithin(now.mean, mean, 1e-5, 'running mean');
      expectWithin(now.variance, variance, 1e-5, 'running variance');
    }
  });

  test('momentum null is the cumulative average', () => {
    const layer = make({ momentum: null });
    const means: ReturnType<typeof oracle.updateRunning>[] = [];
    for (let i = 1; i <= 4; i++) {
      step(layer, i);
      const zeros = new Float32Array(6);
      means.push(oracle.updateRunning(batch(i).x, geometryOf(c), zeros, zeros, { momentum: 1, unbiased: true }));
      const average = (key: 'mean' | 'variance') =>
        Float64Array.from(zeros, (_z, k) => means.reduce((sum, m) => sum + m[key][k]!, 0) / means.length);
      const now = snapshot(layer);
      expectWithin(now.mean, average('mean'), 1e-5, 'running mean');
      expectWithin(now.variance, average('variance'), 1e-5, 'running variance');
    }
  });

  test.each([0, 1])('momentum %p is allowed', (momentum) => {
    const layer = make({ momentum });
    step(layer, 1);
    const { mean } = oracle.updateRunning(batch(1).x, geometryOf(c), new Float32Array(6), new Float32Array(6), {
      momentum,
      unbiased: true,
    });
    expectWithin(snapshot(layer).mean, mean, 1e-5, 'running mean');
  });

  test('eval uses them and leaves them', () => {
    const layer = make();
    step(layer, 1);
    const before = snapshot(layer);
    const frozen = {
      ...batch(2),
      statistics: oracle.constants(geometryOf(c), before.mean, before.variance, 1e-5),
    };
    layer.eval();
    scope(() => expectForward(frozen, layer.forward(tensor(frozen.x, c.shape))));
    expect(snapshot(layer)).toEqual(before);
  });

  test('frozen uses them, leaves them, and has gradients with constants', () => {
    const layer = make();
    step(layer, 1);
    const before = snapshot(layer);
    const n = {
      ...batch(2),
      weight: new Float32Array(6).fill(1),
      statistics: oracle.constants(geometryOf(c), before.mean, before.variance, 1e-5),
      dependence: 'constant' as const,
    };
    layer.freeze();
    scope(() => {
      expectForward(n, layer.forward(tensor(n.x, c.shape)));
      const dx = layer.backward(tensor(n.dy, c.shape));
      expectGradients(n, { dx, dweight: layer.weight!.grad, dbias: layer.bias!.grad });
    });
    expect(snapshot(layer)).toEqual(before);
  });

  test('`track: false` uses the batch and leaves them', () => {
    const layer = make();
    const before = snapshot(layer);
    const y = step(layer, 1, { track: false });
    expect(snapshot(layer)).toEqual(before);
    expect(step(layer, 1)).toEqual(y);
    expect(snapshot(layer).count).toBe(1);
  });

  test('without them eval and frozen use the batch', () => {
    const layer = make({ trackRunningStats: false });
    const n = batch(3);
    for (const mode of [() => layer.train(), () => layer.freeze(), () => layer.eval()]) {
      mode();
      scope(() => expectForward(n, layer.forward(tensor(n.x, c.shape), { save: false })));
    }
  });

  test('frozen without them has gradients through the batch’s statistics', () => {
    const layer = make({ trackRunningStats: false, affine: false }).freeze();
    const n = batch(3);
    scope(() => {
      layer.forward(tensor(n.x, c.shape));
      expectGradients(n, { dx: layer.backward(tensor(n.dy, c.shape)), dweight: null, dbias: null });
    });
  });

  test('an empty batch counts, and leaves them', () => {
    const layer = make();
    step(layer, 1);
    const before = snapshot(layer);
    scope(() => {
      const y = layer.forward(tensor(new Float32Array(0), [0, ...c.shape.slice(1)]));
      expect(y.shape).toEqual([0, ...c.shape.slice(1)]);
      expect(layer.backward(y)!.shape).toEqual(y.shape);
    });
    expect(snapshot(layer)).toEqual({ ...before, count: before.count + 1 });
    expect([...layer.weight!.grad!.data, ...layer.bias!.grad!.data]).toEqual(new Array(12).fill(0));
  });

  test('an empty batch in a cumulative average counts, and leaves them', () => {
    const layer = make({ momentum: null });
    step(layer, 1);
    const before = snapshot(layer);
    scope(() => layer.forward(tensor(new Float32Array(0), [0, ...c.shape.slice(1)]), { save: false }));
    expect(snapshot(layer)).toEqual({ ...before, count: 2 });
  });

  test('a refused forward neither counts nor updates', () => {
    const layer = make();
    step(layer, 1);
    const before = snapshot(layer);
    scope(() => {
      const wrong = tensor(new Float32Array(4 * 7 * 5), [4, 7, 5]);
      const narrow = tensor(new Float32Array(6), [1, 6, 1]);
      expectRefusal(() => layer.forward(wrong), { name: 'RangeError', code: 'SHAPE' });
      expectRefusal(() => layer.forward(narrow), {
        name: 'RangeError',
        text: 'when training, got input size [1, 6, 1]',
      });
    });
    expect(snapshot(layer)).toEqual(before);
    step(layer, 2);
    expect(snapshot(layer).count).toBe(2);
  });

  test('in place, too', () => {
    const [one, two] = [make(), make()];
    const y = step(one, 1);
    scope(() => {
      const x = tensor(batch(1).x, c.shape);
      expect(two.forward(x, { save: false, out: x }).toTypedArray()).toEqual(y);
    });
    expect(snapshot(two)).toEqual(snapshot(one));
  });
});

test('train, eval and freeze are independent, and return the layer', () => {
  for (const kind of kinds) {
    const layer = kind.make();
    layers.push(layer);
    const moves: [() => Layer, string][] = [
      [() => layer.train(), 'train'],
      [() => layer.eval(), 'eval'],
      [() => layer.train(), 'train'],
      [() => layer.freeze(), 'frozen'],
      [() => layer.eval(), 'eval'],
      [() => layer.train(), 'frozen'],
      [() => layer.freeze(false), 'train'],
      [() => layer.freeze(true).eval().freeze(false), 'eval'],
    ];
    for (const [move, mode] of moves) {
      expect(move()).toBe(layer);
      expect(layer.mode).toBe(mode);
    }
  }
});
