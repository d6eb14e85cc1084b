// What a saved state holds and lends: inputs that outlive their makers, statistics that nobody may write.
import { describe, expect, test } from '@jest/globals';
import { BatchNorm, backward, batchNorm, full, layerNormForward, scope, tensor, zeros } from 'normlayers';
import { expectRefusal } from './support/errors.ts';
import { apply, applyForward, type Case, title } from './support/operations.ts';
import { samples } from './support/shapes.ts';
import { numbers, tensors } from './support/verify.ts';

const lent = { name: 'StateError', code: 'STATE', text: 'lent' } as const;

describe('`reuse` of a state that is the last to hold its inputs', () => {
  test('keeps its x', () => {
    scope(() => {
      const x = tensor([1, 2, 3, 5]);
      const { saved } = layerNormForward(x, 4);
      x.dispose();
      const again = layerNormForward(saved.x, 4, { reuse: saved });
      full([4], 777);
      expect(again.saved).toBe(saved);
      expect(again.saved.x.toArray()).toEqual([1, 2, 3, 5]);
    });
  });

  test('keeps its weight and bias', () => {
    scope(() => {
      const [x, weight, bias] = [tensor([1, 2, 3, 5]), tensor([1, 2, 3, 4]), tensor([5, 6, 7, 8])];
      const { saved } = layerNormForward(x, 4, { weight, bias });
      weight.dispose();
      bias.dispose();
      const again = layerNormForward(x, 4, { weight: saved.weight, bias: saved.bias, reuse: saved });
      for (let i = 0; i < 4; i++) full([4], 777);
      expect(again.saved.weight.toArray()).toEqual([1, 2, 3, 4]);
      expect(again.saved.bias.toArray()).toEqual([5, 6, 7, 8]);
    });
  });

  test('still notices writes to it', () => {
    scope(() => {
      const x = tensor([1, 2, 3, 5]);
      const { saved } = layerNormForward(x, 4);
      const again = layerNormForward(saved.x, 4, { reuse: saved });
      x.copyFrom([4, 3, 2, 1]);
      const dy = zeros([4]);
      expectRefusal(() => backward(again.saved, dy), { name: 'StateError', code: 'STATE', text: 'x' });
    });
  });
});

describe.each(samples.map((c) => [title(c), c] as const))('what is lent, %s', (_, c: Case) => {
  const n = numbers(c);

  test('cannot be written by copyFrom, not through a view either', () => {
    scope(() => {
      const { x, options } = tensors(c, n);
      const { saved } = applyForward(c, x, options);
      for (const t of [saved.rstd, saved.mean, saved.x, saved.weight, saved.bias]) {
        if (t === null) continue;
        const values = t.toTypedArray();
        for (const view of [t, t.reshape([-1]), t.rows(0), t.reshape([-1]).rows(0).reshape(t.shape)]) {
          expectRefusal(() => view.copyFrom(values), lent);
        }
      }
    });
  });

  test('cannot be the `out` of a call', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const { saved } = applyForward(c, x, options);
      const other = tensor(n.x, c.shape);
      for (const out of [saved.x, saved.x.rows(0), saved.rstd]) {
        expectRefusal(() => apply(c, other, { ...options, out }), lent);
      }
      const { saved: next } = applyForward(c, other, options);
      for (const dweight of [saved.weight, saved.rstd]) {
        expectRefusal(() => backward(next, dy, { out: { dweight } } as never), lent);
      }
    });
  });
});

test('running statistics that are lent cannot be updated', () => {
  scope(() => {
    const { saved } = layerNormForward(tensor([[1, 2, 4]]), 3, { weight: tensor([1, 2, 3]) });
    const running = { runningMean: saved.weight, runningVar: tensor([1, 1, 1]) };
    const x = zeros([4, 3]);
    expectRefusal(() => batchNorm(x, { ...running, mode: 'train' }), lent);
    expect(batchNorm(x, { ...running, mode: 'eval' }).shape).toEqual([4, 3]);
  });
});

test('a view of what is lent can be disposed, and cloned to be written', () => {
  scope(() => {
    const { saved } = layerNormForward(tensor([[1, 2, 3]]), 3);
    const view = saved.rstd.reshape([1, 1]);
    view.clone().copyFrom([[2]]);
    view.dispose();
    expect([view.disposed, saved.rstd.disposed]).toEqual([true, false]);
  });
});

test('a layer’s own tensors can be written, through views too', () => {
  const norm = new BatchNorm(3);
  scope(() => norm.weight.rows(1, 2).copyFrom([5]));
  expect(norm.weight.toArray()).toEqual([1, 5, 1]);
  norm.dispose();
});

test('any number of parts can be written while a state watches the whole', () => {
  scope(() => {
    const x = zeros([2000, 1]);
    const rows = Array.from({ length: 1000 }, (_, i) => x.rows(2 * i, 2 * i + 1));
    const value = Float32Array.of(1);
    const dy = zeros([1, 1]);
    const { saved } = layerNormForward(x.rows(1, 2), 1);
    for (const row of rows) row.copyFrom(value);
    expect(() => backward(saved, dy)).not.toThrow();
    x.rows(1, 2).copyFrom([1]);
    expectRefusal(() => backward(saved, dy), { name: 'StateError', code: 'STATE' });
  });
});
