// Every gradient is the slope of the package's own forward, as central differences measure it.
import { describe, expect, test } from '@jest/globals';
import { backward, scope, tensor } from 'normlayers';
import {
  apply,
  applyForward,
  type Case,
  type GradientTensors,
  hasRunning,
  parameterShape,
  title,
} from '../support/operations.ts';
import { bothLayouts } from '../support/shapes.ts';
import { gradients, numbers, tensors } from '../support/verify.ts';

// Large enough that float32's rounding of y does not drown the difference.
const step = 2 ** -6;

const subjects: Case[] = [
  { op: 'layerNorm', shape: [3, 5], normalizedShape: [5] },
  { op: 'layerNorm', shape: [2, 3, 4], normalizedShape: [3, 4] },
  { op: 'rmsNorm', shape: [3, 5], normalizedShape: [5] },
  ...bothLayouts('batchNorm', [5, 3]),
  ...bothLayouts('batchNorm', [3, 2, 4]),
  ...bothLayouts('instanceNorm', [2, 3, 6]),
  ...bothLayouts('groupNorm', [2, 4, 3], 2),
];

describe.each([false, true])('with constant statistics: %s', (frozen) => {
  const chosen = subjects.filter((c) => !frozen || hasRunning(c));

  test.each(chosen.map((c) => [title(c), c] as const))('%s', (_, c) => {
    const n = numbers(c, { frozen, eps: 0.1 });
    const variables = { dx: n.x, dweight: n.weight!, dbias: n.bias! };
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const result = backward(applyForward(c, x, options).saved, dy) as GradientTensors;
      const loss = () =>
        scope(() => {
          const y = apply(c, tensor(n.x, c.shape), {
            ...options,
            weight: tensor(n.weight!, parameterShape(c)),
            bias: tensor(n.bias!, parameterShape(c)),
          });
          return y.data.reduce((sum, value, i) => sum + value * n.dy[i]!, 0);
        });
      for (const key of gradients) {
        const values = variables[key];
        for (let i = 0; i < values.length; i++) {
          const value = values[i]!;
          const at = (v: number) => {
            values[i] = v;
            return { v: values[i]!, loss: loss() };
          };
          const up = at(value + step);
          const down = at(value - step);
          values[i] = value;
          const slope = (up.loss - down.loss) / (up.v - down.v);
          expect(Math.abs(result[key]!.data[i]! - slope)).toBeLessThan(4e-3);
        }
      }
    });
  });
});
