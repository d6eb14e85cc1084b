// The smallest inputs: constant rows, groups of one value, no variance at all, and no data points.
import { describe, expect, test } from '@jest/globals';
import { backward, empty, scope, tensor } from 'normlayers';
import { sizeOf } from '../support/geometry.ts';
import {
  apply,
  applyBackward,
  applyForward,
  type Case,
  elements,
  geometryOf,
  parameterShape,
  parameters,
  statisticsShape,
  title,
} from '../support/operations.ts';
import { normals } from '../support/random.ts';
import { bothLayouts, samples, withRunning } from '../support/shapes.ts';
import { verify } from '../support/verify.ts';

const subtracting = samples.filter((c) => c.op !== 'rmsNorm');
const named = (list: readonly Case[]) => list.map((c) => [title(c), c] as const);

describe('constant statistics', () => {
  test.each(named(subtracting))('%s gives exactly bias', (_, c) => {
    const g = geometryOf(c);
    const bias = normals(parameters(c), 3);
    const weight = normals(parameters(c), 4);
    for (const eps of [0, 1e-5]) {
      for (const level of [0, 1234, 0.1, -1e-3, 16777217, 1e30, -1e-30, 1e-40, 3.4e38]) {
        scope(() => {
          const x = tensor(
            Float32Array.from(g.statistic, (k) => level * (1 + (k % 3) / 4)).map((v) =>
              Number.isFinite(v) ? v : level,
            ),
            c.shape,
          );
          const y = apply(c, x, {
            weight: tensor(weight, parameterShape(c)),
            bias: tensor(bias, parameterShape(c)),
            eps,
          });
          const wrong = y.data.findIndex((value, i) => value !== bias[g.parameter[i]!]);
          expect({ level, eps, wrong, got: y.data[wrong] }).toEqual({
            level,
            eps,
            wrong: -1,
            got: undefined,
          });
        });
      }
    }
  });

  test.each(named(samples))('%s with eps 0 has rstd 0 where there is no variance, and finite gradients', (_, c) => {
    scope(() => {
      const x = tensor(new Float32Array(elements(c)).fill(c.op === 'rmsNorm' ? 0 : 5), c.shape);
      const dy = tensor(normals(elements(c), 2), c.shape);
      const { y, saved } = applyForward(c, x, { eps: 0 });
      expect(saved.rstd.data.every((value) => value === 0)).toBe(true);
      expect(y.data.every((value) => value === 0)).toBe(true);
      expect(backward(saved, dy).dx!.data.every((value) => value === 0)).toBe(true);
      expect(applyBackward(c, dy, x, { eps: 0 }).dx!.data.every((value) => value === 0)).toBe(true);
    });
  });
});

describe('statistics of one value', () => {
  const ones: Case[] = [
    { op: 'layerNorm', shape: [4, 1], normalizedShape: [1] },
    { op: 'layerNorm', shape: [3, 2, 1, 1], normalizedShape: [1, 1] },
    { op: 'layerNorm', shape: [1], normalizedShape: [1] },
    ...bothLayouts('groupNorm', [3, 4], 4),
    ...bothLayouts('groupNorm', [3, 4, 1, 1], 4),
  ];

  test.each(named(ones))('%s gives exactly bias, and dx = 0', (_, c) => {
    const g = geometryOf(c);
    const bias = normals(parameters(c), 3);
    scope(() => {
      const x = tensor(normals(elements(c), 1, 100), c.shape);
      const { y, saved } = applyForward(c, x, { bias: tensor(bias, parameterShape(c)) });
      expect([...y.data]).toEqual(Array.from(g.parameter, (p) => bias[p]));
      const { dx } = backward(saved, tensor(normals(elements(c), 2), c.shape));
      expect(dx!.data.every((value) => value === 0)).toBe(true);
    });
  });

  test('rms norm of one value is its sign, nearly', () => {
    verify({ op: 'rmsNorm', shape: [4, 1], normalizedShape: [1] });
  });

  test('batch norm of one data point with spatial axes, and instance norm of two elements, are fine', () => {
    for (const c of [...bothLayouts('batchNorm', [1, 3, 2]), ...bothLayouts('instanceNorm', [1, 3, 2])]) verify(c);
  });

  test('constants need no more than one value', () => {
    for (const c of [...bothLayouts('batchNorm', [1, 3]), ...bothLayouts('instanceNorm', [2, 3, 1])]) {
      verify(c, { frozen: true });
    }
  });
});

describe('an empty batch', () => {
  const emptied = samples.map((c): Case => ({ ...c, shape: [0, ...c.shape.slice(1)] }));

  test.each(named(emptied))('%s has an empty y and dx, and zero parameter gradients', (_, c) => {
    scope(() => {
      const options = {
        weight: tensor(normals(parameters(c), 1), parameterShape(c)),
        bias: tensor(normals(parameters(c), 2), parameterShape(c)),
      };
      const x = empty(c.shape);
      const dy = empty(c.shape);
      expect(apply(c, x, options).shape).toEqual(c.shape);
      const { y, saved } = applyForward(c, x, options);
      expect(y.size).toBe(0);
      // Statistics over the batch have no defined value; those of data points are as many as the data points.
      if (c.op !== 'batchNorm') expect(saved.rstd.size).toBe(sizeOf(statisticsShape(c)));
      for (const result of [backward(saved, dy), applyBackward(c, dy, x, options)]) {
        expect(result.dx!.shape).toEqual(c.shape);
        expect(result.dweight!.data.every((value) => value === 0)).toBe(true);
        expect(result.dbias!.data.every((value) => value === 0)).toBe(true);
      }
    });
  });

  test.each(named(emptied))('%s leaves gradients that it is added to as they are', (_, c) => {
    scope(() => {
      const dbias = tensor(normals(parameters(c), 2), parameterShape(c));
      const before = dbias.toTypedArray();
      const bias = tensor(normals(parameters(c), 3), parameterShape(c));
      const nothing = empty(c.shape);
      applyBackward(c, nothing, nothing, { bias, out: { dbias }, accumulate: { dbias: true } });
      expect(dbias.data).toEqual(before);
    });
  });

  test.each(named(withRunning.map((c): Case => ({ ...c, shape: [0, ...c.shape.slice(1)] }))))(
    '%s leaves running statistics as they are',
    (_, c) => {
      scope(() => {
        const runningMean = tensor(normals(parameters(c), 1));
        const runningVar = tensor(normals(parameters(c), 2).map(Math.abs));
        const before = [runningMean.toTypedArray(), runningVar.toTypedArray()];
        const nothing = empty(c.shape);
        apply(c, nothing, { runningMean, runningVar, mode: 'train' });
        expect([runningMean.data, runningVar.data]).toEqual(before);
        expect(apply(c, nothing, { runningMean, runningVar, mode: 'eval' }).size).toBe(0);
      });
    },
  );
});

test('gradients of constant rows equal the oracle for every eps above zero', () => {
  for (const c of samples) {
    for (const eps of [1e-12, 1e-5, 1e-3]) verify(c, { eps, family: () => 3.7 });
  }
});
