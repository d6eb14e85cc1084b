// Saved state holds what it needs, lends what it owns, and notices when its inputs were written.
import { describe, expect, test } from '@jest/globals';
import {
  BatchNorm,
  backward,
  layerNorm,
  layerNormBackward,
  layerNormForward,
  memory,
  rmsNormForward,
  scope,
  tensor,
  zeros,
} from 'normlayers';
import { disposeOf } from './support/dispose.ts';
import { expectRefusal } from './support/errors.ts';
import { apply, applyBackward, applyForward, type Case, type GradientTensors, title } from './support/operations.ts';
import { normals } from './support/random.ts';
import { samples } from './support/shapes.ts';
import { expectGradients, numbers, tensors } from './support/verify.ts';

const written = { name: 'StateError', code: 'STATE' } as const;
const disposed = { name: 'StateError', code: 'DISPOSED' } as const;

describe.each(samples.map((c) => [title(c), c] as const))('%s', (_, c: Case) => {
  const n = numbers(c);

  test('disposing x, weight, bias and y does not disturb backward', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const { y, saved } = applyForward(c, x, options);
      for (const t of [x, y, options.weight, options.bias]) t!.dispose();
      const churn = zeros([n.x.length]);
      expectGradients(n, backward(saved, dy) as GradientTensors);
      expect(churn.data.every((value) => value === 0)).toBe(true);
    });
  });

  test('disposing saved frees what it held, and nothing of the caller’s', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const out = zeros(c.shape);
      applyForward(c, x, { ...options, out }).saved.dispose();
      const before = memory();
      const { saved } = applyForward(c, x, { ...options, out });
      expect(memory().bytesInUse).toBeGreaterThan(before.bytesInUse);
      saved.dispose();
      saved.dispose();
      expect(memory()).toEqual(before);
      expect([x.disposed, options.weight!.disposed, out.disposed]).toEqual([false, false, false]);
      expectRefusal(() => backward(saved, dy), disposed);
    });
  });

  test('writing x or weight in between is noticed', () => {
    scope(() => {
      for (const write of ['x', 'weight'] as const) {
        const { x, dy, options } = tensors(c, n);
        const { saved } = applyForward(c, x, options);
        (write === 'x' ? x : options.weight!).copyFrom(write === 'x' ? n.x : n.weight!);
        expectRefusal(() => backward(saved, dy), { ...written, text: write });
        disposeOf(saved);
      }
    });
  });

  test('writing x as the `out` of any call in between is noticed', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const other = tensor(n.x, c.shape);
      for (const write of [
        () => apply(c, other, { ...options, out: x }),
        () => applyForward(c, other, { ...options, out: x }),
        () => applyBackward(c, dy, other, { ...options, out: { dx: x } }),
      ]) {
        const { saved } = applyForward(c, x, options);
        write();
        expectRefusal(() => backward(saved, dy), { ...written, text: 'x' });
      }
    });
  });

  test('writing bias, dy or y in between is no trouble', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const { y, saved } = applyForward(c, x, options);
      options.bias!.copyFrom(normals(n.bias!.length, 9));
      y.copyFrom(n.x);
      dy.copyFrom(n.dy);
      expectGradients(n, backward(saved, dy) as GradientTensors);
    });
  });
});

describe('borrowed statistics', () => {
  test('cannot be disposed of', () => {
    scope(() => {
      const { saved } = layerNormForward(tensor([[1, 2, 3]]), [3]);
      expectRefusal(() => saved.mean!.dispose(), written);
      expectRefusal(() => saved.rstd.dispose(), written);
      expectRefusal(() => disposeOf(saved.rstd), written);
      expect(saved.rstd.disposed).toBe(false);
      const root = rmsNormForward(tensor([[1, 2, 3]]), [3]).saved;
      expectRefusal(() => root.rstd.dispose(), written);
    });
  });

  test('die with saved', () => {
    const { saved, y } = layerNormForward(tensor([[1, 2, 3]]), [3]);
    const { mean, rstd } = saved;
    saved.dispose();
    y.dispose();
    expect([mean!.disposed, rstd.disposed]).toEqual([true, true]);
    expectRefusal(() => rstd.data, disposed);
  });

  test('can be copied, and given to the stateless backward', () => {
    scope(() => {
      const x = tensor([[1, 2, 4]]);
      const dy = tensor([[1, 0, 0]]);
      const { saved } = layerNormForward(x, [3]);
      const [mean, rstd] = [saved.mean!.clone(), saved.rstd.clone()];
      const expected = backward(saved, dy).dx!.toArray();
      saved.dispose();
      expect(layerNormBackward(dy, x, [3], { mean, rstd }).dx!.toArray()).toEqual(expected);
    });
  });
});

describe('layers', () => {
  test('notice that a state dictionary was loaded between forward and backward', () => {
    scope(() => {
      const norm = new BatchNorm(3);
      const x = tensor(normals(24, 1), [8, 3]);
      norm.forward(x);
      norm.loadStateDict(norm.stateDict());
      expect(() => norm.backward(x)).toThrow(expect.objectContaining({ ...written }));
      norm.forward(x);
      expect(norm.backward(x)!.shape).toEqual([8, 3]);
      norm.dispose();
    });
  });

  test('notice an optimiser that uses copyFrom, and not one that writes through .data', () => {
    scope(() => {
      const norm = new BatchNorm(3);
      const x = tensor(normals(24, 1), [8, 3]);
      norm.forward(x);
      norm.weight.data.fill(2);
      expect(norm.backward(x)!.shape).toEqual([8, 3]);
      norm.weight.copyFrom([1, 1, 1]);
      norm.forward(x);
      expect(norm.backward(x)!.shape).toEqual([8, 3]);
      norm.dispose();
    });
  });

  test('weight is read at backward', () => {
    scope(() => {
      const n = { ...numbers(samples[0]!), weight: normals(37, 9) };
      const { x, dy, options } = tensors(samples[0]!, numbers(samples[0]!));
      const { saved } = applyForward(samples[0]!, x, options);
      options.weight!.data.set(n.weight);
      expectGradients(n, backward(saved, dy) as GradientTensors);
    });
  });
});

describe('use after dispose', () => {
  test.each(['x', 'weight', 'bias', 'out'] as const)('of %s is refused by name', (which) => {
    scope(() => {
      const given = { x: zeros([2, 3]), weight: zeros([3]), bias: zeros([3]), out: zeros([2, 3]) };
      given[which].dispose();
      const { x, ...options } = given;
      expectRefusal(() => layerNorm(x, [3], options), { ...disposed, text: which });
    });
  });

  test('of dy and of outputs of backward is refused by name', () => {
    scope(() => {
      const [x, dy] = [zeros([2, 3]), zeros([2, 3])];
      const gone = zeros([2, 3]);
      gone.dispose();
      const { saved } = layerNormForward(x, [3]);
      expectRefusal(() => backward(saved, gone), { ...disposed, text: 'dy' });
      expectRefusal(() => backward(saved, dy, { out: { dx: gone } }), { ...disposed, text: 'dx' });
    });
  });
});
