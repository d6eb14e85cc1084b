// A layer's forward waits for its backward: one pending at a time, or any number that were recorded.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { empty, type Layer, memory, scope, type Tensor, tensor } from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import { expectRefusal } from '../support/errors.ts';
import { affine, batchKind, named } from '../support/layers.ts';
import { parameters } from '../support/operations.ts';
import { expectForward, expectGradients, type Numbers, numbers } from '../support/verify.ts';

describe.each(named())('%s', (_, kind) => {
  const c = kind.case;
  const eps = 1e-5;
  let layer: Layer;

  beforeEach(() => {
    layer = kind.make({ ...affine, eps });
  });
  afterEach(() => layer.dispose());

  const load = (n: Numbers) => {
    layer.weight!.copyFrom(n.weight!);
    layer.bias!.copyFrom(n.bias!);
  };
  const input = (n: Numbers) => tensor(n.x, c.shape);
  const gradient = (n: Numbers) => tensor(n.dy, c.shape);
  const grads = () => ({ dweight: layer.weight!.grad, dbias: layer.bias!.grad });
  const pendingNone = { name: 'StateError', code: 'STATE' } as const;

  test('forward and backward equal the oracle', () => {
    const n = numbers(c, { eps });
    load(n);
    scope(() => {
      expectForward(n, layer.forward(input(n)));
      expectGradients(n, { dx: layer.backward(gradient(n)), ...grads() });
    });
  });

  test('a gradient that is not needed stays what it was', () => {
    const n = numbers(c, { eps });
    load(n);
    scope(() => {
      layer.forward(input(n));
      layer.backward(gradient(n));
      const { dweight, dbias } = grads();
      const before = [dweight!.toTypedArray(), dbias!.toTypedArray()];
      layer.forward(input(n));
      layer.backward(gradient(n), { needs: { dweight: false, dbias: false } });
      expect([layer.weight!.grad, layer.bias!.grad]).toEqual([dweight, dbias]);
      expect([dweight!.toTypedArray(), dbias!.toTypedArray()]).toEqual(before);
    });
  });

  test('parameter gradients add up until zeroGrad, which keeps their buffers', () => {
    const [one, two] = [numbers(c, { eps }), { ...numbers(c, { eps, seed: 50 }) }];
    Object.assign(two, { weight: one.weight, bias: one.bias });
    load(one);
    scope(() => {
      layer.forward(input(one));
      layer.backward(gradient(one));
      const before = { dweight: layer.weight!.grad!.toTypedArray(), dbias: layer.bias!.grad!.toTypedArray() };
      layer.forward(input(two));
      const dx = layer.backward(gradient(two));
      expectGradients(two, { dx, ...grads() }, before);

      const buffers = grads();
      layer.zeroGrad();
      expect(grads()).toEqual(buffers);
      expect(layer.weight!.grad).toBe(buffers.dweight);
      expect([...buffers.dweight!.data, ...buffers.dbias!.data].every((value) => value === 0)).toBe(true);
      layer.forward(input(one));
      layer.backward(gradient(one));
      expectGradients(one, { dx: null, ...grads() });
    });
  });

  test('zeroGrad between forward and backward leaves the forward pending', () => {
    const n = numbers(c, { eps });
    load(n);
    scope(() => {
      layer.forward(input(n));
      layer.zeroGrad();
      expectGradients(n, { dx: layer.backward(gradient(n)), ...grads() });
    });
  });

  test('backward without forward is refused', () => {
    scope(() => {
      const dy = gradient(numbers(c));
      expectRefusal(() => layer.backward(dy), pendingNone);
      layer.forward(input(numbers(c)));
      layer.backward(dy);
      expectRefusal(() => layer.backward(dy), pendingNone);
    });
  });

  test('two forwards that save without a backward between are refused at backward, and both dropped', () => {
    const n = numbers(c, { eps });
    load(n);
    scope(() => {
      const dy = gradient(n);
      layer.forward(input(n));
      layer.forward(input(n));
      expect(() => layer.backward(dy)).toThrow(/save: false/);
      expectRefusal(() => layer.backward(dy), pendingNone);
      layer.forward(input(n));
      layer.forward(input(n));
      expect(() => layer.backward(dy)).toThrow(/record/);
      layer.forward(input(n));
      expectGradients(n, { dx: layer.backward(dy), ...grads() });
    });
  });

  test('a forward that does not save leaves the pending one alone', () => {
    const n = numbers(c, { eps });
    load(n);
    scope(() => {
      layer.forward(input(n));
      layer.forward(input(numbers(c, { seed: 9 })), { save: false });
      expectGradients(n, { dx: layer.backward(gradient(n)), ...grads() });
    });
  });

  test('eval does not save, and drops what is pending', () => {
    scope(() => {
      const [x, dy] = [input(numbers(c)), gradient(numbers(c))];
      layer.forward(x);
      layer.eval();
      expectRefusal(() => layer.backward(dy), pendingNone);
      layer.forward(x);
      expectRefusal(() => layer.backward(dy), pendingNone);
    });
  });

  test('`save` overrides the mode', () => {
    scope(() => {
      const [x, dy] = [input(numbers(c)), gradient(numbers(c))];
      layer.forward(x, { save: false });
      expectRefusal(() => layer.backward(dy), pendingNone);
      layer.eval().forward(x, { save: true });
      expect(layer.backward(dy)!.shape).toEqual(c.shape);
    });
  });

  test('frozen saves', () => {
    scope(() => {
      layer.freeze().forward(input(numbers(c)));
      expect(layer.backward(gradient(numbers(c)))!.shape).toEqual(c.shape);
      expect(layer.weight!.grad!.size).toBe(parameters(c));
    });
  });

  test('recorded forwards serve a shared layer in any order, and leave what is pending alone', () => {
    const runs = [1, 2, 3].map((seed) => numbers(c, { eps, seed, affine: 'none' }));
    const [first, second, third] = runs as [Numbers, Numbers, Numbers];
    scope(() => {
      layer.forward(input(first));
      const two = layer.record(input(second));
      const three = layer.record(input(third));
      expectForward(second, two.y);
      const backward = (n: Numbers, options = {}) => layer.backward(gradient(n), options);
      expectGradients(second, { dx: backward(second, { saved: two.saved }), dweight: null, dbias: null });
      expectGradients(third, { dx: backward(third, { saved: three.saved }), dweight: null, dbias: null });
      expectGradients(second, { dx: backward(second, { saved: two.saved }), dweight: null, dbias: null });
      expectGradients(first, { dx: backward(first), dweight: null, dbias: null });
    });
  });

  test('gradients of recorded forwards add up in the layer', () => {
    const n = numbers(c, { eps });
    load(n);
    scope(() => {
      const { saved } = layer.record(input(n));
      layer.backward(gradient(n), { saved });
      const before = { dweight: layer.weight!.grad!.toTypedArray(), dbias: layer.bias!.grad!.toTypedArray() };
      const dx = layer.backward(gradient(n), { saved });
      expectGradients(n, { dx, ...grads() }, before);
    });
  });

  test('null for `saved` means the forward that is pending', () => {
    const n = numbers(c, { eps });
    load(n);
    scope(() => {
      layer.forward(input(n));
      expectGradients(n, { dx: layer.backward(gradient(n), { saved: null }), ...grads() });
    });
  });

  test('backward writes dx where it is told, and adds to it when told', () => {
    const n = numbers(c, { eps });
    load(n);
    scope(() => {
      const out = tensor(n.dy, c.shape);
      layer.forward(input(n));
      expect(layer.backward(gradient(n), { out: { dx: out } })).toBe(out);
      expectGradients(n, { dx: out, dweight: null, dbias: null });
      out.copyFrom(n.x);
      layer.forward(input(n));
      layer.backward(gradient(n), { out: { dx: out }, accumulate: { dx: true } });
      expectGradients(n, { dx: out, dweight: null, dbias: null }, { dx: n.x });
      const dy = gradient(n);
      layer.forward(input(n));
      expect(layer.backward(dy, { out: { dx: dy } })).toBe(dy);
      expectGradients(n, { dx: dy, dweight: null, dbias: null });
    });
  });

  test('what is not needed is not computed', () => {
    const n = numbers(c, { eps });
    load(n);
    scope(() => {
      layer.forward(input(n));
      expect(layer.backward(gradient(n), { needs: { dx: false, dbias: false } })).toBeNull();
      expect(layer.bias!.grad === null || layer.bias!.grad.data.every((value) => value === 0)).toBe(true);
      expectGradients(n, { dx: null, dweight: layer.weight!.grad, dbias: null });
    });
  });

  test('a refused backward leaves the forward pending and the gradients alone', () => {
    const n = numbers(c, { eps });
    load(n);
    scope(() => {
      const wrong = empty([3, 3, 3]);
      layer.forward(input(n));
      expectRefusal(() => layer.backward(wrong), {
        name: 'RangeError',
        code: 'SHAPE',
        text: ['dy', '[3, 3, 3]', `[${c.shape.join(', ')}]`],
      });
      expectGradients(n, { dx: layer.backward(gradient(n)), ...grads() });
    });
  });

  test('a forward in place is refused where it saves, and fine where it does not', () => {
    const n = numbers(c, { eps, affine: 'none' });
    scope(() => {
      const x = input(n);
      expectRefusal(() => layer.forward(x, { out: x }), { name: 'RangeError', text: 'out' });
      expectSameBits(x.data, n.x, 'x');
      expect(layer.forward(x, { out: x, save: false })).toBe(x);
      expectForward(n, x);
    });
  });

  test('the pending forward holds its x, and backward lets it go', () => {
    const n = numbers(c, { eps });
    load(n);
    scope(() => {
      const dy = gradient(n);
      const dx = empty(c.shape);
      const out = empty(c.shape);
      const warm = input(n);
      layer.forward(warm, { out });
      layer.backward(dy, { out: { dx } });
      warm.dispose();
      const before = memory();
      let x: Tensor | undefined = input(n);
      layer.forward(x, { out });
      x.dispose();
      x = undefined;
      layer.zeroGrad();
      expect(memory().bytesInUse).toBeGreaterThanOrEqual(before.bytesInUse + 4 * n.x.length);
      layer.backward(dy, { out: { dx } });
      expect(memory()).toEqual(before);
      expectGradients(n, { dx, ...grads() });
    });
  });
});

test('backward of a recorded forward follows the mode of then', () => {
  const layer = batchKind.make();
  const n = numbers(batchKind.case, { affine: 'none' });
  scope(() => {
    const trained = layer.record(tensor(n.x, batchKind.case.shape));
    layer.eval();
    const dx = layer.backward(tensor(n.dy, batchKind.case.shape), { saved: trained.saved });
    expectGradients(n, { dx, dweight: null, dbias: null });
  });
  layer.dispose();
});

test('a recorded forward of training updates running statistics and counts', () => {
  const layer = batchKind.make();
  scope(() => layer.record(tensor(numbers(batchKind.case).x, batchKind.case.shape)));
  expect(Number(layer.numBatchesTracked)).toBe(1);
  expect(layer.runningMean!.data.some((value) => value !== 0)).toBe(true);
  layer.dispose();
});
