// No length is special: every size of a statistic, of a channel count and of a batch from 1 to 130 equals the oracle.
import { describe, test } from '@jest/globals';
import type { Case } from '../support/operations.ts';
import { bothLayouts } from '../support/shapes.ts';
import { affines, verify } from '../support/verify.ts';

const from = (first: number) => Array.from({ length: 131 - first }, (_, i) => i + first);

function every(first: number, at: (length: number) => Case | Case[], frozen = false) {
  for (const length of from(first)) {
    for (const c of [at(length)].flat()) {
      verify(c, { affine: affines[length % affines.length]!, seed: length, frozen });
    }
  }
}

describe.each(['layerNorm', 'rmsNorm'] as const)('%s', (op) => {
  test('rows of every length', () => {
    every(1, (length) => ({ op, shape: [3, length], normalizedShape: [length] }));
  });
  test('every number of rows', () => {
    every(1, (rows) => ({ op, shape: [rows, 6], normalizedShape: [6] }));
  });
});

describe.each([false, true])('batchNorm, constant statistics: %s', (frozen) => {
  test('every batch size', () => every(2, (n) => bothLayouts('batchNorm', [n, 5]), frozen));
  test('every number of channels', () => every(1, (c) => bothLayouts('batchNorm', [3, c]), frozen));
  test('every spatial size', () => every(1, (s) => bothLayouts('batchNorm', [2, 3, s]), frozen));
  test('every number of channels of an image', () => every(1, (c) => bothLayouts('batchNorm', [2, c, 3]), frozen));
});

describe.each([false, true])('instanceNorm, constant statistics: %s', (frozen) => {
  test('every spatial size', () => every(2, (s) => bothLayouts('instanceNorm', [2, 3, s]), frozen));
  test('every number of channels', () => every(1, (c) => bothLayouts('instanceNorm', [2, c, 3]), frozen));
});

describe('groupNorm', () => {
  test('every spatial size', () => every(1, (s) => bothLayouts('groupNorm', [2, 4, s], 2)));
  test('every number of channels in a group', () => every(1, (c) => bothLayouts('groupNorm', [2, 2 * c, 3], 2)));
  test('every number of groups', () => every(1, (g) => bothLayouts('groupNorm', [2, 3 * g, 2], g)));
  test('every number of groups of an input without spatial axes', () =>
    every(1, (g) => bothLayouts('groupNorm', [2, 2 * g], g)));
});
