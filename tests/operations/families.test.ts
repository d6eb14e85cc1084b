// Accuracy does not depend on where the values lie: large offsets, distant levels, outliers, and values near the ends
// of float32's range keep the same bounds, for every operation and eps.
import { describe, test } from '@jest/globals';
import { scope } from 'normlayers';
import { coherent, extremes, families, incoming, repeating } from '../support/families.ts';
import { applyBackward, type Case, title } from '../support/operations.ts';
import * as oracle from '../support/oracle.ts';
import { bothLayouts } from '../support/shapes.ts';
import { expectGradients, numbers, tensors, verify } from '../support/verify.ts';

const subjects: Case[] = [
  ...[4, 8, 67, 300, 1000].flatMap((length) =>
    (['layerNorm', 'rmsNorm'] as const).map((op) => ({ op, shape: [7, length], normalizedShape: [length] })),
  ),
  ...bothLayouts('batchNorm', [300, 7]),
  ...bothLayouts('batchNorm', [3, 9, 11, 13]),
  ...bothLayouts('instanceNorm', [2, 9, 17, 19]),
  ...bothLayouts('groupNorm', [2, 12, 9, 11], 3),
];

describe.each(subjects.map((c) => [title(c), c] as const))('%s', (_, c) => {
  describe.each([1e-5, 1e-3, 0])('eps %p', (eps) => {
    test.each(Object.entries({ ...families, ...extremes }))('equals the oracle on values: %s', (name, family) => {
      // Of rows with the same bits, a thousandth above two units.
      const units = c.op === 'rmsNorm' && repeating.includes(name) ? 2.5 : 2;
      verify(c, { eps, family, units });
    });
  });

  describe.each(Object.entries(incoming))('dy: %s', (_name, dy) => {
    test.each(['standard normal', 'offset by a million spreads', 'the first 16 unlike the rest'])('x: %s', (x) => {
      verify(c, { eps: 0, family: families[x]!, incoming: dy });
    });
  });
});

const coherentSubjects: Case[] = [1, 2, 7, 64, 131, 4099].flatMap((rows) => [
  { op: 'layerNorm', shape: [rows, 34], normalizedShape: [34] },
  { op: 'rmsNorm', shape: [rows, 67], normalizedShape: [67] },
  ...(rows > 1 ? bothLayouts('batchNorm', [rows, 7]) : []),
  ...bothLayouts('groupNorm', [rows, 12], 3),
]);

describe.each(coherentSubjects.map((c) => [title(c), c] as const))('%s, terms of one sign', (_, c) => {
  test.each(Object.entries(coherent))('dy: %s', (_name, of) => {
    for (const name of ['standard normal', 'offset by a million spreads', 'a coarse grid']) {
      const n = numbers(c, { eps: 1e-5, family: families[name]! });
      const given = { ...n, dy: Float32Array.from(oracle.normalized(n.x, n.g, n.statistics), of) };
      scope(() => {
        const { x, dy, options } = tensors(c, given);
        expectGradients(given, applyBackward(c, dy, x, options));
      });
    }
  });
});
