// A new layer is what PyTorch's is: its parameters, buffers and numerics, and what each option changes of them.
import { afterEach, describe, expect, test } from '@jest/globals';
import { BatchNorm, GroupNorm, InstanceNorm, type Layer, LayerNorm, RMSNorm, scope, tensor } from 'normlayers';
import { affine, type Kind, kinds, named } from '../support/layers.ts';
import { parameterShape } from '../support/operations.ts';
import { expectForward, numbers } from '../support/verify.ts';

const values = (t: { toTypedArray(): ArrayLike<number> } | null) => t && Array.from(t.toTypedArray());
const made: Layer[] = [];
const make = (kind: Kind, options?: Record<string, unknown>) => {
  const layer = kind.make(options);
  made.push(layer);
  return layer;
};
afterEach(() => {
  for (const layer of made.splice(0)) layer.dispose();
});

const defaults: Record<string, { scale: boolean; shift: boolean; running: boolean }> = {
  BatchNorm: { scale: true, shift: true, running: true },
  LayerNorm: { scale: true, shift: true, running: false },
  InstanceNorm: { scale: false, shift: false, running: false },
  GroupNorm: { scale: true, shift: true, running: false },
  RMSNorm: { scale: true, shift: false, running: false },
};

describe.each(named())('%s', (name, kind) => {
  const { scale, shift, running } = defaults[name]!;
  const size = parameterShape(kind.case).reduce((a, b) => a * b);
  const channels = running ? size : 0;

  test('has PyTorch’s parameters and buffers', () => {
    const layer = make(kind);
    expect(values(layer.weight)).toEqual(scale ? new Array(size).fill(1) : null);
    expect(values(layer.bias)).toEqual(shift ? new Array(size).fill(0) : null);
    expect(values(layer.runningMean)).toEqual(running ? new Array(channels).fill(0) : null);
    expect(values(layer.runningVar)).toEqual(running ? new Array(channels).fill(1) : null);
    if (running) expect(Number(layer.numBatchesTracked)).toBe(0);
    if (layer.weight) expect(layer.weight.shape).toEqual(parameterShape(kind.case));
    expect(layer.mode).toBe('train');
  });

  test('has PyTorch’s eps', () => {
    const n = numbers(kind.case, {
      affine: 'none',
      eps: name === 'RMSNorm' ? 1.1920928955078125e-7 : 1e-5,
      family: (r) => 1e-3 * r.normal(),
    });
    scope(() => expectForward(n, make(kind).forward(tensor(n.x, kind.case.shape), { save: false })));
  });

  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('takes scale %p and shift %p, which win over affine', (withScale, withShift) => {
    for (const rest of [{}, { affine: !withScale, elementwiseAffine: !withScale }]) {
      const options: Record<string, unknown> = { ...rest, scale: withScale, shift: withShift };
      delete options[kind.case.normalizedShape ? 'affine' : 'elementwiseAffine'];
      const layer = make(kind, options);
      expect([layer.weight !== null, layer.bias !== null]).toEqual([withScale, withShift]);
    }
  });

  test('is without parameters when told affine: false', () => {
    const layer = make(kind, { [kind.case.normalizedShape ? 'elementwiseAffine' : 'affine']: false });
    expect([layer.weight, layer.bias, layer.parameters()]).toEqual([null, null, []]);
  });

  test('lists its parameters by name, weight first', () => {
    const layer = make(kind, affine);
    const parameters = layer.parameters();
    expect(parameters.map((p) => p.name)).toEqual(['weight', 'bias']);
    expect(parameters[0]).toBe(layer.weight);
    expect(parameters[1]).toBe(layer.bias);
    expect(parameters.map((p) => p.grad)).toEqual([null, null]);
  });
});

test('instance norm is affine when told so', () => {
  const layer = make(kinds[2]!, { affine: true });
  expect([values(layer.weight), values(layer.bias)]).toEqual([new Array(6).fill(1), new Array(6).fill(0)]);
});

test('running statistics are kept or not as `trackRunningStats` says', () => {
  const [batch, , instance] = kinds as [Kind, Kind, Kind];
  const without = make(batch, { trackRunningStats: false });
  expect([without.runningMean, without.runningVar]).toEqual([null, null]);
  const tracking = make(instance, { trackRunningStats: true });
  expect([values(tracking.runningMean), values(tracking.runningVar)]).toEqual([
    new Array(6).fill(0),
    new Array(6).fill(1),
  ]);
});

test('a normalized shape of one axis may be a number', () => {
  for (const layer of [new LayerNorm(5), new RMSNorm(5)]) {
    expect(layer.weight.shape).toEqual([5]);
    layer.dispose();
  }
});

test('an eps that is given is used by every layer', () => {
  for (const kind of kinds) {
    const n = numbers(kind.case, { affine: 'none', eps: 0.5 });
    scope(() => expectForward(n, make(kind, { eps: 0.5 }).forward(tensor(n.x, kind.case.shape), { save: false })));
  }
});

test('layers of all kinds fit one array', () => {
  const all: Layer[] = [new BatchNorm(3), new LayerNorm(3), new InstanceNorm(3), new GroupNorm(1, 3), new RMSNorm(3)];
  expect(all.flatMap((layer) => layer.parameters()).length).toBe(7);
  for (const layer of all) layer.dispose();
});
