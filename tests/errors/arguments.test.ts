// What every operation refuses of its arguments, in every one of its functions: nothing is allocated or written, and
// the next call works.
import { describe, expect, test } from '@jest/globals';
import { backward, layerNorm, layerNormForward, scope, zeros } from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import { expectRefusal, type Refusal, refusals, refused } from '../support/errors.ts';
import { apply, applyBackward, applyForward, parameterShape, title } from '../support/operations.ts';
import { samples } from '../support/shapes.ts';
import { expectForward, numbers, tensors } from '../support/verify.ts';

const { shape, type, value } = refused;

describe.each(samples.map((c) => [title(c), c] as const))('%s', (_, c) => {
  const n = numbers(c);

  /** Every function of the operation, given one option. */
  const everywhere = (options: object, refusal: Refusal) => {
    scope(() => {
      const { x, dy, options: parameters } = tensors(c, n);
      for (const call of [apply, applyForward]) {
        expectRefusal(() => call(c, x, { ...parameters, ...options }), refusal);
      }
      expectRefusal(() => applyBackward(c, dy, x, { ...parameters, ...options }), refusal);
      expectSameBits(x.data, n.x, 'x');
      expectForward(n, apply(c, x, parameters));
    });
  };

  test('refuses a negative or NaN eps', () => {
    everywhere({ eps: -1e-5 }, { ...value, text: 'eps' });
    everywhere({ eps: Number.NaN }, { ...value, text: 'eps' });
  });

  test('refuses an eps that is no number', () => {
    everywhere({ eps: '1e-5' }, { ...type, text: 'eps' });
  });

  test('refuses a weight or bias of another size, naming it and both sizes', () => {
    for (const name of ['weight', 'bias'] as const) {
      const wrong = zeros([99]);
      everywhere({ [name]: wrong }, { ...shape, text: [name, '99', String(parameterShape(c)[0])] });
      wrong.dispose();
    }
  });

  test('refuses a weight or bias that is no tensor', () => {
    for (const name of ['weight', 'bias'] as const) {
      everywhere({ [name]: n[name] }, { ...type, text: name });
    }
  });

  test('refuses a float64 x, and tells the cure', () => {
    scope(() => {
      const x = zeros(c.shape, { dtype: 'float64' });
      const dy = zeros(c.shape);
      const cure = { ...type, text: "{ dtype: 'float32' }" };
      expectRefusal(() => apply(c, x), cure);
      expectRefusal(() => applyForward(c, x), cure);
      expectRefusal(() => applyBackward(c, dy, x), cure);
    });
  });

  test.each([null, undefined, 5, 'x', {}, new Float32Array(3), [1, 2, 3]])('refuses %p for x', (x) => {
    scope(() => {
      const dy = zeros(c.shape);
      expectRefusal(() => apply(c, x as never), { ...type, text: 'x' });
      expectRefusal(() => applyForward(c, x as never), { ...type, text: 'x' });
      expectRefusal(() => applyBackward(c, dy, x as never), { ...type, text: 'x' });
    });
  });

  test('refuses a dy of another shape or kind', () => {
    scope(() => {
      const { x } = tensors(c, n);
      const { saved } = applyForward(c, x);
      const [flat, wide] = [zeros([n.x.length]), zeros(c.shape, { dtype: 'float64' })];
      const text = ['dy', `[${n.x.length}]`, `[${c.shape.join(', ')}]`];
      expectRefusal(() => backward(saved, flat), { ...shape, text });
      expectRefusal(() => applyBackward(c, flat, x), { ...shape, text });
      expectRefusal(() => backward(saved, wide as never), { ...type, text: 'dy' });
      expectRefusal(() => backward(saved, n.dy as never), { ...type, text: 'dy' });
      expectRefusal(() => backward(saved, null as never), { ...type, text: 'dy' });
    });
  });

  test('refuses an `out` of another shape or kind, naming both shapes', () => {
    scope(() => {
      const { x, dy } = tensors(c, n);
      const { saved } = applyForward(c, x);
      const [flat, wide] = [zeros([n.x.length]), zeros(c.shape, { dtype: 'float64' })];
      const text = ['out', `[${n.x.length}]`, `[${c.shape.join(', ')}]`];
      expectRefusal(() => apply(c, x, { out: flat }), { ...shape, text });
      expectRefusal(() => apply(c, x, { out: wide }), { ...type, text: 'out' });
      expectRefusal(() => apply(c, x, { out: n.x }), { ...type, text: 'out' });
      expectRefusal(() => backward(saved, dy, { out: { dx: flat } }), { ...shape, text: 'dx' });
      expectRefusal(() => backward(saved, dy, { out: { dx: n.x as never } }), { ...type, text: 'dx' });
    });
  });

  test('refuses to accumulate without the matching `out`', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const { saved } = applyForward(c, x, options);
      const dweight = zeros(parameterShape(c));
      for (const [accumulate, key] of [
        [{ dx: true }, 'dx'],
        [{ dbias: true }, 'dbias'],
        [true, 'dx'],
      ] as const) {
        const call = () => backward(saved, dy, { out: { dweight }, accumulate } as never);
        expectRefusal(call, { ...value, text: `accumulate.${key} needs out.${key}` });
      }
      expect(dweight.data.every((v) => v === 0)).toBe(true);
    });
  });

  test('refuses given statistics of another shape', () => {
    scope(() => {
      const { x, dy } = tensors(c, n);
      const wrong = zeros([99]);
      const given = c.op === 'rmsNorm' ? { rstd: wrong } : { mean: wrong, rstd: wrong };
      expectRefusal(() => applyBackward(c, dy, x, given), { ...shape, text: '99' });
    });
  });
});

describe('what is easily confused at backward', () => {
  refusals(() => {
    const x = zeros([2, 3]);
    return { x, result: layerNormForward(x, 3) };
  }, [
    [
      'a forward’s result for its saved',
      ({ x, result }) => backward(result as never, x),
      { ...type, text: 'saved must be the .saved of a forward or record' },
    ],
    [
      'swapped arguments',
      ({ x, result }) => backward(x as never, result.saved as never),
      { ...type, text: ['swapped', 'backward(saved, dy)'] },
    ],
    ['a tensor for saved', ({ x }) => backward(x as never, x), { ...type, text: 'got a Tensor' }],
    [
      'a saved state for options',
      ({ x, result }) => layerNormForward(x, 3, result.saved as never),
      { ...type, text: ['options', 'a saved state'] },
    ],
  ]);
});

describe('numbers where a tensor belongs', () => {
  refusals(
    () => ({ x: zeros([2, 3]) }),
    [
      [
        'a typed array',
        () => layerNorm(new Float32Array(3) as never, 3),
        { ...type, text: 'x must be a Tensor, got a Float32Array: make one with tensor(values, shape)' },
      ],
      [
        'an array',
        ({ x }) => layerNorm(x, 3, { weight: [1, 1, 1] as never }),
        { ...type, text: 'weight must be a Tensor, got an array: make one with tensor(values, shape)' },
      ],
    ],
  );
});
