// The bits of a result depend on the shape and the values alone: not on where tensors lie, whether the result is written
// over the input, what is saved, whether a call is the first, or what else is in the batch.
import { test } from '@jest/globals';
import fc from 'fast-check';
import { backward, empty, scope, type Tensor } from 'normlayers';
import { any, cases, type Given, hold } from '../support/arbitrary.ts';
import { expectSameBits } from '../support/bits.ts';
import {
  apply,
  applyBackward,
  applyForward,
  type Case,
  type GradientTensors,
  hasRunning,
} from '../support/operations.ts';
import { outcome } from '../support/outcome.ts';
import { gradients, numbers, tensors } from '../support/verify.ts';

/** A view whose first element lies `offset` floats after the start of an allocation. */
function shifted(values: Float32Array, shape: readonly number[], offset: number): Tensor {
  const view = empty([values.length + offset])
    .rows(offset)
    .reshape(shape);
  view.copyFrom(values);
  return view;
}

interface Tried {
  readonly one: { readonly c: Case; readonly given: Given };
  readonly frozen: boolean;
}
const tried: fc.Arbitrary<Tried> = fc.record({ one: any(cases), frozen: fc.boolean() });

/** Some input and all that an ordinary call makes of it. */
function given({ one: { c, given: made }, frozen }: Tried) {
  const n = numbers(c, { ...made.setup, frozen: frozen && hasRunning(c) });
  return { c, n, expected: outcome(c, n) };
}

const offset = fc.nat(16);
const offsets = fc.record({ x: offset, dy: offset, weight: offset, bias: offset, y: offset, dx: offset });

test('at any alignment, with and without saving', () => {
  hold(fc.record({ input: tried, at: offsets }), ({ input, at }) => {
    const { c, n, expected } = given(input);
    scope(() => {
      const { options } = tensors(c, n);
      if (options.weight) options.weight = shifted(n.weight!, options.weight.shape, at.weight);
      if (options.bias) options.bias = shifted(n.bias!, options.bias.shape, at.bias);
      const [x, dy] = [shifted(n.x, c.shape, at.x), shifted(n.dy, c.shape, at.dy)];
      const place = (by: number) => shifted(new Float32Array(n.x.length).fill(Number.NaN), c.shape, by);
      const y = apply(c, x, { ...options, out: place(at.y) });
      expectSameBits(y.data, expected.y!, 'y');
      const result = applyBackward(c, dy, x, { ...options, out: { dx: place(at.dx) } });
      for (const key of gradients) expectSameBits(result[key]?.data, expected[key] ?? undefined, key);
    });
  });
});

test('over the input, and when called again', () => {
  hold(tried, (input) => {
    const { c, n, expected } = given(input);
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const { saved } = applyForward(c, x, options);
      const over = dy.clone();
      backward(saved, over, { out: { dx: over } } as never);
      expectSameBits(over.data, expected.dx!, 'dx over dy');
      for (let i = 0; i < 2; i++) {
        const again = backward(saved, dy) as GradientTensors;
        for (const key of gradients) expectSameBits(again[key]?.data, expected[key] ?? undefined, key);
      }
      saved.dispose();
      apply(c, x, { ...options, out: x });
      expectSameBits(x.data, expected.y!, 'y over x');
    });
  });
});

test('of a batch in any parts, but for the statistics of batch norm', () => {
  hold(fc.record({ input: tried, cuts: fc.array(fc.nat(6), { maxLength: 3 }) }), ({ input, cuts }) => {
    const { c, n, expected } = given(input);
    fc.pre(c.op !== 'batchNorm' || n.running !== null);
    const points = c.shape[0]!;
    const ends = [...new Set([...cuts.map((cut) => Math.min(cut, points)), points])].sort((a, b) => a - b);
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      let start = 0;
      for (const end of ends) {
        const part: Case = { ...c, shape: [end - start, ...c.shape.slice(1)] };
        const { y, saved } = applyForward(part, x.rows(start, end), options);
        const { dx } = backward(saved, dy.rows(start, end));
        const own = <T extends Float32Array | Float64Array>(values: T) =>
          values.subarray((values.length / points) * start, (values.length / points) * end) as T;
        expectSameBits(y.data, own(expected.y!), 'y');
        expectSameBits(dx!.data, own(expected.dx!), 'dx');
        if (n.running === null) {
          expectSameBits(saved.mean?.data, expected.mean ? own(expected.mean) : undefined, 'mean');
          expectSameBits(saved.rstd.data, own(expected.rstd), 'rstd');
        }
        start = end;
      }
    });
  });
});
