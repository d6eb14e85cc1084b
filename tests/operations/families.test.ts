// Accuracy does not depend on where the values lie: large offsets, distant levels, outliers, and values near the ends
// of float32's range keep the same bounds, for every operation and eps.
import { describe, test } from '@jest/globals';
import { extremes, families, incoming, repeating } from '../support/families.ts';
import { type Case, title } from '../support/operations.ts';
import { bothLayouts } from '../support/shapes.ts';
import { verify } from '../support/verify.ts';

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
