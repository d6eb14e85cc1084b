// The bits of a result depend on the shape and the values alone: not on where tensors lie, what is saved, what else is
// in the batch, or whether the result is written over the input.
import { describe, test } from '@jest/globals';
import { backward, empty, scope, type Tensor } from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import { apply, applyBackward, applyForward, type Case, title } from '../support/operations.ts';
import { bothLayouts, perDataPoint, samples } from '../support/shapes.ts';
import { type Affine, gradients, numbers, tensors } from '../support/verify.ts';

/** A tensor whose first element lies `offset` floats after the start of an allocation. */
function shifted(values: Float32Array, shape: readonly number[], offset: number): Tensor {
  const view = empty([values.length + offset])
    .rows(offset)
    .reshape(shape);
  view.copyFrom(values);
  return view;
}

const subjects: Case[] = [
  ...samples,
  { op: 'layerNorm', shape: [5, 203], normalizedShape: [203] },
  { op: 'rmsNorm', shape: [5, 203], normalizedShape: [203] },
  ...bothLayouts('batchNorm', [41, 21]),
  ...bothLayouts('instanceNorm', [3, 21, 41]),
  ...bothLayouts('groupNorm', [3, 21, 41], 7),
];

describe.each(subjects.map((c) => [title(c), c] as const))('%s', (_, c) => {
  test.each(['both', 'none'] as Affine[])('gives the same bits from any alignment, parameters: %s', (affine) => {
    const n = numbers(c, { affine });
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const y = apply(c, x, options);
      const first = applyBackward(c, dy, x, options);
      for (let offset = 1; offset <= 16; offset++) {
        scope(() => {
          const at = (values: Float32Array, by: number, shape: readonly number[] = c.shape) =>
            shifted(values, shape, (offset * by) % 17);
          const moved = { ...options };
          if (options.weight) moved.weight = at(n.weight!, 5, options.weight.shape);
          if (options.bias) moved.bias = at(n.bias!, 7, options.bias.shape);
          const out = at(new Float32Array(n.x.length), 3);
          apply(c, at(n.x, 1), { ...moved, out });
          expectSameBits(out.data, y.data, `y at ${offset}`);
          const again = applyBackward(c, at(n.dy, 2), at(n.x, 1), {
            ...moved,
            out: { dx: at(new Float32Array(n.x.length), 3) },
          });
          for (const key of gradients) expectSameBits(again[key]?.data, first[key]?.data, `${key} at ${offset}`);
        });
      }
    });
  });

  test('gives the same bits in place', () => {
    const n = numbers(c);
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const y = apply(c, x, options);
      const { dx } = applyBackward(c, dy, x, options);
      const overX = x.clone();
      apply(c, overX, { ...options, out: overX });
      expectSameBits(overX.data, y.data, 'y over x');
      const { saved } = applyForward(c, x, options);
      const overDy = dy.clone();
      backward(saved, overDy, { out: { dx: overDy } });
      expectSameBits(overDy.data, dx!.data, 'dx over dy');
    });
  });

  test('gives the same bits when called again', () => {
    const n = numbers(c);
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      expectSameBits(apply(c, x, options).data, apply(c, x, options).data, 'y');
      const { saved } = applyForward(c, x, options);
      const first = backward(saved, dy);
      const second = backward(saved, dy);
      for (const key of gradients) expectSameBits(second[key]?.data, first[key]?.data, key);
    });
  });
});

describe('one data point at a time gives the bits of the whole batch', () => {
  const one = (c: Case): Case => ({ ...c, shape: [1, ...c.shape.slice(1)] });
  const subjectsOfOne = [...perDataPoint, ...subjects.filter((c) => c.op !== 'batchNorm')];

  test.each(subjectsOfOne.map((c) => [title(c), c] as const))('%s', (_, c) => {
    const n = numbers(c);
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const { y, saved } = applyForward(c, x, options);
      const { dx } = backward(saved, dy);
      for (let i = 0; i < c.shape[0]!; i++) {
        const part = (t: Tensor) => t.rows(i, i + 1);
        const alone = applyForward(one(c), part(x), options);
        expectSameBits(alone.y.data, part(y).data, `y of ${i}`);
        expectSameBits(alone.saved.rstd.data, saved.rstd.rows(i, i + 1).data, `rstd of ${i}`);
        expectSameBits(alone.saved.mean?.data, saved.mean?.rows(i, i + 1).data, `mean of ${i}`);
        expectSameBits(backward(alone.saved, part(dy)).dx!.data, part(dx!).data, `dx of ${i}`);
      }
    });
  });

  test.each(bothLayouts('batchNorm', [4, 6, 5, 3]).map((c) => [title(c), c] as const))(
    '%s with running statistics',
    (_, c) => {
      const n = numbers(c, { frozen: true });
      scope(() => {
        const { x, options } = tensors(c, n);
        const y = apply(c, x, options);
        for (let i = 0; i < 4; i++) {
          expectSameBits(apply(one(c), x.rows(i, i + 1), options).data, y.rows(i, i + 1).data, `y of ${i}`);
        }
      });
    },
  );
});
