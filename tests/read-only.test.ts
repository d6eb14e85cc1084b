// What kernels and layers go by is not its user's to assign: in JavaScript, whose compiler warns of nothing, either.
import { describe, expect, test } from '@jest/globals';
import { BatchNorm, GroupNorm, InstanceNorm, LayerNorm, memory, RMSNorm, scope, tensor } from 'normlayers';

const assign = (to: object, key: string, value: unknown) => {
  (to as Record<string, unknown>)[key] = value;
};

describe('a tensor', () => {
  const keys = ['shape', 'size', 'rank', 'dtype', 'runtime', 'byteOffset', 'data', 'disposed'] as const;

  test.each(keys)('keeps its %s', (key) => {
    scope(() => {
      const x = tensor([1, 2, 3, 4], [2, 2]);
      const before = x[key];
      // What would do the most harm.
      const value = key === 'shape' ? [1e6, 4] : key === 'runtime' ? undefined : 0;
      expect(() => assign(x, key, value)).toThrow(TypeError);
      expect(x[key]).toBe(before);
      expect(x.toArray()).toEqual([
        [1, 2],
        [3, 4],
      ]);
    });
  });

  test('keeps the extents in its shape', () => {
    scope(() => {
      const x = tensor([1, 2, 3, 4], [2, 2]);
      expect(() => assign(x.shape, '0', 1e6)).toThrow(TypeError);
      expect(x.shape).toEqual([2, 2]);
    });
  });
});

describe('a layer', () => {
  const layers: [string, () => object, readonly string[]][] = [
    ['BatchNorm', () => new BatchNorm(4), ['numFeatures', 'eps', 'momentum', 'channelAxis', 'mode', 'weight']],
    ['InstanceNorm', () => new InstanceNorm(4), ['numFeatures', 'eps', 'momentum', 'channelAxis', 'mode', 'weight']],
    ['GroupNorm', () => new GroupNorm(2, 4), ['numGroups', 'numChannels', 'eps', 'channelAxis', 'mode', 'weight']],
    ['LayerNorm', () => new LayerNorm([2, 2]), ['normalizedShape', 'eps', 'mode', 'weight']],
    ['RMSNorm', () => new RMSNorm(4), ['normalizedShape', 'eps', 'mode', 'weight']],
  ];

  test.each(layers)('%s keeps what it was made with', (_, make, keys) => {
    const layer = make() as { dispose(): void } & Record<string, unknown>;
    for (const key of keys) {
      const before = layer[key];
      expect(() => assign(layer, key, 1)).toThrow(TypeError);
      expect(layer[key]).toBe(before);
    }
    layer.dispose();
  });

  test('keeps its gradients, which it frees', () => {
    const before = memory();
    scope(() => {
      const norm = new LayerNorm(2);
      for (let step = 0; step < 3; step++) {
        norm.forward(tensor([1, 2], [1, 2]));
        norm.backward(tensor([3, 4], [1, 2]));
        // As PyTorch's `weight.grad = None` would, and leave a gradient behind that nobody frees.
        expect(() => assign(norm.weight, 'grad', null)).toThrow(TypeError);
      }
      expect(norm.weight.grad).not.toBeNull();
      norm.dispose();
    });
    const { tensors, bytesInUse } = memory();
    expect({ tensors, bytesInUse }).toEqual({ tensors: before.tensors, bytesInUse: before.bytesInUse });
  });
});
