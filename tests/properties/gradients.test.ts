// Gradients are the derivatives of the definition: along any direction of x, weight and bias, the loss Σ dy·y changes as
// the gradients say. The derivative is that of dual numbers, which have no step to choose.
//
// How close: every gradient is off by its bound of docs/accuracy.md at most, so the sum along the direction v by
// Σ bound·|v|. Float64's own error is 2⁻²⁹ of a unit of float32 at each of some thousand terms, which is below it.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backward, scope } from 'normlayers';
import { any, cases, hold } from '../support/arbitrary.ts';
import { limitsOfGradients } from '../support/bounds.ts';
import { rateOfLoss } from '../support/dual.ts';
import { applyBackward, applyForward, type GradientTensors, hasRunning } from '../support/operations.ts';
import { random } from '../support/random.ts';
import { type Affine, numbers, tensors } from '../support/verify.ts';

/** A direction: all elements at once, or one alone. */
const directions = fc.record({ seed: fc.nat(), alone: fc.boolean() });

test('gradients are the rates of the loss, in every mode', () => {
  hold(
    fc.record({ tried: any(cases), direction: directions, frozen: fc.boolean() }),
    ({ tried, direction, frozen }) => {
      const { c, given } = tried;
      const constant = frozen && hasRunning(c);
      // With eps 0 a statistic without variance has no derivative.
      const eps = Math.max(given.setup.eps, 1e-12 * given.scale ** 2);
      const n = numbers(c, { ...given.setup, eps, frozen: constant, affine: given.setup.affine as Affine });
      const r = random(direction.seed);
      const move = (length: number) => {
        const one = r.integer(0, length - 1);
        return Float64Array.from({ length }, (_, i) => (direction.alone && i !== one ? 0 : r.normal()));
      };
      const along = { x: move(n.x.length), weight: move(n.g.parameters), bias: move(n.g.parameters) };
      // Each input by a step of its own size.
      for (let i = 0; i < along.x.length; i++) along.x[i]! *= given.scale;
      const rate = rateOfLoss(n.dy, { ...n, along }, n.g, eps, n.dependence, n.statistics);
      const limits = limitsOfGradients(n.dy, n.x, n.g, n.statistics, n.weight);
      const pairs = [
        ['dx', along.x],
        ['dweight', along.weight],
        ['dbias', along.bias],
      ] as const;
      scope(() => {
        const { x, dy, options } = tensors(c, n);
        for (const result of [
          backward(applyForward(c, x, options).saved, dy) as GradientTensors,
          applyBackward(c, dy, x, options),
        ]) {
          let [sum, most, size] = [0, 0, 0];
          for (const [key, v] of pairs) {
            const gradient = result[key]?.data;
            gradient?.forEach((value, i) => {
              sum += value * v[i]!;
              most += limits[key][i]! * Math.abs(v[i]!);
              size += Math.abs(value * v[i]!);
            });
          }
          expect(Math.abs(sum - rate)).toBeLessThanOrEqual(most + 2 ** -45 * size);
        }
      });
    },
  );
});
