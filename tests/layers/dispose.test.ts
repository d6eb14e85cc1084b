// A layer owns its parameters, gradients, buffers and pending state: dispose frees them all, and nothing else does.
import { describe, expect, test } from '@jest/globals';
import { createRuntime, keep, type Layer, memory, scope, tensor, zeros } from 'normlayers';
import { expectRefusal } from '../support/errors.ts';
import { affine, named } from '../support/layers.ts';
import { numbers } from '../support/verify.ts';

describe.each(named())('%s', (_, kind) => {
  const n = numbers(kind.case);
  const options = {
    ...affine,
    ...(kind.case.normalizedShape || kind.case.numGroups ? {} : { trackRunningStats: true }),
  };
  const use = (layer: Layer, pending: boolean) =>
    scope(() => {
      layer.forward(tensor(n.x, kind.case.shape));
      layer.backward(tensor(n.dy, kind.case.shape));
      if (pending) layer.forward(tensor(n.x, kind.case.shape));
    });

  test.each([false, true])('dispose frees everything, with a forward pending: %p', (pending) => {
    const warm = kind.make(options);
    use(warm, pending);
    warm.dispose();
    const before = memory();
    const layer = kind.make(options);
    use(layer, pending);
    expect(memory().bytesInUse).toBeGreaterThan(before.bytesInUse);
    layer.dispose();
    expect(memory()).toEqual(before);
    layer.dispose();
    expect(memory()).toEqual(before);
  });

  test('use after dispose is refused', () => {
    const layer = kind.make(options);
    const weight = layer.weight!;
    layer.dispose();
    scope(() => {
      const x = tensor(n.x, kind.case.shape);
      const disposed = { name: 'StateError', code: 'DISPOSED' } as const;
      expectRefusal(() => layer.forward(x), disposed);
      expectRefusal(() => layer.record(x), disposed);
      expectRefusal(() => layer.backward(x), disposed);
      expectRefusal(() => layer.stateDict(), disposed);
      expectRefusal(() => layer.loadStateDict({}), disposed);
      expectRefusal(() => weight.data, disposed);
      expect(weight.disposed).toBe(true);
    });
  });

  test('a layer never used takes no memory and is disposed all the same', () => {
    const before = memory();
    const layer = kind.make(options);
    expect(memory()).toEqual(before);
    layer.dispose();
    expectRefusal(() => layer.stateDict(), { name: 'StateError', code: 'DISPOSED' });
    expect(memory()).toEqual(before);
  });

  test('no scope frees what a layer owns', () => {
    const layer = scope(() => {
      const inner = kind.make(options);
      inner.forward(tensor(n.x, kind.case.shape));
      return { inner };
    }).inner;
    scope(() => {
      layer.weight!.data.fill(2);
      expect(layer.backward(tensor(n.dy, kind.case.shape))!.shape).toEqual(kind.case.shape);
    });
    expect(layer.weight!.grad!.disposed).toBe(false);
    layer.dispose();
  });

  test('keep gives it back as it is, and its parameters are its own to dispose of', () => {
    const layer = kind.make(options);
    expect(keep(layer)).toBe(layer);
    const weight = layer.weight!;
    expectRefusal(() => weight.dispose(), { name: 'StateError', code: 'STATE', text: 'owned by its layer' });
    layer.dispose();
  });

  test('without parameters yet, there are no gradients to set to zero', () => {
    const layer = kind.make(options);
    const before = memory();
    layer.zeroGrad();
    expect(memory()).toEqual(before);
    layer.dispose();
  });

  test('where there is no room for its parameters, that is what is said', () => {
    const runtime = createRuntime({ maxMemory: 2 ** 20 });
    scope(
      () => {
        for (let size = 2 ** 18; size >= 16; ) {
          try {
            zeros([size]);
          } catch {
            size /= 2;
          }
        }
        const layer = kind.make({ ...options, runtime });
        expectRefusal(() => layer.weight, { name: 'MemoryError', code: 'MEMORY' });
        layer.dispose();
      },
      { runtime },
    );
    runtime.dispose();
  });

  test('a layer dies with its runtime', () => {
    const runtime = createRuntime();
    const layer = kind.make({ ...options, runtime });
    scope(() => layer.forward(tensor(n.x, kind.case.shape)), { runtime });
    expect(layer.weight!.runtime).toBe(runtime);
    runtime.dispose();
    expectRefusal(() => layer.zeroGrad(), { name: 'StateError', code: 'DISPOSED' });
    expectRefusal(() => layer.stateDict(), { name: 'StateError', code: 'DISPOSED' });
    layer.dispose();
  });

  test('stays usable after a refused forward', () => {
    const layer = kind.make(options);
    scope(() => {
      const wrong = tensor(new Float32Array(6), [2, 3, 1]);
      expectRefusal(() => layer.forward(wrong), { name: 'RangeError' });
    });
    use(layer, false);
    layer.dispose();
  });
});

test.each(named())('%s made for a runtime that is gone is disposed, used or not', (_, kind) => {
  const runtime = createRuntime();
  const layer = kind.make({ runtime });
  expect(layer.disposed).toBe(false);
  runtime.dispose();
  expect(layer.disposed).toBe(true);
  expect(String(layer)).toMatch(/ \(disposed\)$/);
  scope(() => {
    const x = tensor(numbers(kind.case).x, kind.case.shape);
    const calls = [
      () => layer.forward(x),
      () => layer.train(),
      () => layer.zeroGrad(),
      () => layer.loadStateDict({ num_batches_tracked: 5 }, { strict: false }),
    ];
    for (const call of calls) {
      expectRefusal(call, { name: 'StateError', code: 'DISPOSED', text: 'the layer was disposed' });
    }
  });
});
