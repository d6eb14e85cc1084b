// Every operation equals the oracle, forward and backward, for every rank, layout and combination of parameters.
import { describe, test } from '@jest/globals';
import { hasRunning, title } from '../support/operations.ts';
import { cases } from '../support/shapes.ts';
import { affines, verify } from '../support/verify.ts';

describe.each(cases.map((c) => [title(c), c] as const))('%s', (_, c) => {
  test.each(affines)('equals the oracle with parameters: %s', (affine) => {
    verify(c, { affine });
  });

  if (hasRunning(c)) {
    test.each(affines)('equals the oracle with constant statistics and parameters: %s', (affine) => {
      verify(c, { affine, frozen: true });
    });
  }
});
