// Parameters and gradients of any size: results keep their accuracy wherever float32 can hold them.
import { describe, test } from '@jest/globals';
import { extremes, families } from '../support/families.ts';
import { hasRunning, title } from '../support/operations.ts';
import { samples } from '../support/shapes.ts';
import { verify } from '../support/verify.ts';

const inputs = { ...families, ...extremes };
const spreads = ['standard normal', 'spread 1e20', 'spread 1e-20'] as const;

describe.each(samples.map((c) => [title(c), c] as const))('%s', (_, c) => {
  describe.each(spreads)('x with %s', (spread) => {
    test.each([1e-30, 1e-20, 1e20, 1e30, 1e36])('dy times %p', (dy) => {
      verify(c, { eps: 0, family: inputs[spread]!, scale: { dy } });
    });
    test.each([1e-30, 1e-20, 1e20, 1e30])('weight times %p', (weight) => {
      verify(c, { eps: 0, family: inputs[spread]!, scale: { weight } });
    });
    test.each([1e-30, 1e30])('bias times %p', (bias) => {
      verify(c, { eps: 0, family: inputs[spread]!, scale: { bias } });
    });
  });

  if (hasRunning(c)) {
    test.each([1e-30, 1e30])('dy times %p, with constant statistics', (dy) => {
      verify(c, { frozen: true, scale: { dy } });
    });
  }
});
