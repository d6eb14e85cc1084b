// What forward saves: the operation, its inputs and float64 statistics in the shapes documented; good for any number
// of backward calls, and its memory can be used again.
import { describe, expect, test } from '@jest/globals';
import { backward, memory, scope, tensor } from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import { disposeOf } from '../support/dispose.ts';
import { applyBackward, applyForward, type GradientTensors, statisticsShape, title } from '../support/operations.ts';
import { samples } from '../support/shapes.ts';
import { expectForward, expectGradients, numbers, tensors } from '../support/verify.ts';

describe.each(samples.map((c) => [title(c), c] as const))('%s', (_, c) => {
  const n = numbers(c);

  test('saves its inputs and float64 statistics', () => {
    scope(() => {
      const { x, options } = tensors(c, n);
      const { saved } = applyForward(c, x, options);
      expect(saved.op).toBe(c.op);
      expectSameBits(saved.x.data, n.x, 'x');
      expectSameBits(saved.weight!.data, n.weight!, 'weight');
      expectSameBits(saved.bias!.data, n.bias!, 'bias');
      expect(saved.rstd.dtype).toBe('float64');
      expect(saved.rstd.shape).toEqual(statisticsShape(c));
      if (c.op === 'rmsNorm') expect(saved.mean).toBeNull();
      else expect([saved.mean!.dtype, saved.mean!.shape]).toEqual(['float64', statisticsShape(c)]);
    });
  });

  test('saves null where there is no parameter', () => {
    scope(() => {
      const { saved } = applyForward(c, tensors(c, n).x);
      expect([saved.weight, saved.bias]).toEqual([null, null]);
    });
  });

  test('serves several backward calls', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const { saved } = applyForward(c, x, options);
      for (let i = 0; i < 3; i++) expectGradients(n, backward(saved, dy) as GradientTensors);
      const other = { ...n, dy: n.dy.map((value) => -3 * value) };
      expectGradients(other, backward(saved, tensor(other.dy, c.shape)) as GradientTensors);
    });
  });

  test('`reuse` recycles its memory for the next forward', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const out = x.clone();
      let { saved } = applyForward(c, x, { ...options, out });
      ({ saved } = applyForward(c, x, { ...options, out, reuse: saved }));
      const [before, { byteOffset }] = [memory(), saved.rstd];
      for (let i = 0; i < 3; i++) ({ saved } = applyForward(c, x, { ...options, out, reuse: saved }));
      expect(memory()).toEqual(before);
      // The very memory: to make new and free the old would need room for both.
      expect(saved.rstd.byteOffset).toBe(byteOffset);
      expectForward(n, out);
      expectGradients(n, backward(saved, dy) as GradientTensors);
      const next = numbers(c, { seed: 77 });
      const fresh = tensors(c, next);
      ({ saved } = applyForward(c, fresh.x, { ...fresh.options, out, reuse: saved }));
      expectForward(next, out);
      expectGradients(next, backward(saved, fresh.dy) as GradientTensors);
    });
  });

  test('`reuse` takes inputs of another shape, and that were written since', () => {
    const twice = { ...c, shape: [2 * c.shape[0]!, ...c.shape.slice(1)] };
    const wider = numbers(twice);
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const wide = tensors(twice, wider);
      scope(() => {
        applyBackward(twice, wide.dy, wide.x, wide.options);
      });
      // As long as another forward saves x, writes to it are remembered.
      applyForward(c, x, options);
      const before = memory();
      let { saved, y } = applyForward(c, x, options);
      y.dispose();
      for (let i = 0; i < 3; i++) {
        ({ saved, y } = applyForward(twice, wide.x, { ...wide.options, reuse: saved }));
        scope(() => expectGradients(wider, backward(saved, wide.dy) as GradientTensors));
        y.dispose();
        x.copyFrom(n.x);
        ({ saved, y } = applyForward(c, x, { ...options, reuse: saved }));
        scope(() => expectGradients(n, backward(saved, dy) as GradientTensors));
        y.dispose();
      }
      saved.dispose();
      expect(memory().bytesInUse).toBe(before.bytesInUse);
    });
  });

  test('disposing a result frees what the call allocated', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      disposeOf(applyBackward(c, dy, x, options));
      const before = memory();
      const result = applyForward(c, x, options);
      const grads = backward(result.saved, dy);
      expect(Object.keys(result).sort()).toEqual(['saved', 'y']);
      expect(Object.keys(grads).sort()).toEqual(['dbias', 'dweight', 'dx']);
      disposeOf(grads);
      disposeOf(result);
      expect(memory()).toEqual(before);
      expect([result.y.disposed, grads.dx!.disposed, x.disposed]).toEqual([true, true, false]);
    });
  });

  test('disposing a result leaves what it recycled to its maker', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const { saved } = applyForward(c, x, options);
      const again = applyForward(c, x, { ...options, reuse: saved });
      disposeOf(again);
      expect([again.y.disposed, saved.disposed]).toEqual([true, false]);
      expectGradients(n, backward(saved, dy) as GradientTensors);
    });
  });

  test('disposing a result leaves an `out` to its maker', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const out = x.clone();
      disposeOf(applyForward(c, x, { ...options, out }));
      expect(out.disposed).toBe(false);
      expectForward(n, out);
      const dx = x.clone();
      const result = applyBackward(c, dy, x, { ...options, out: { dx } });
      disposeOf(result);
      expect([dx.disposed, result.dweight!.disposed, result.dbias!.disposed]).toEqual([false, true, true]);
    });
  });
});
