// What the stateless functions do when they are told nothing: PyTorch's eps, no parameters, the input's statistics.
import { expect, test } from '@jest/globals';
import { backward, scope, tensor } from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import { apply, applyBackward, applyForward, title } from '../support/operations.ts';
import { samples } from '../support/shapes.ts';
import { expectForward, expectGradients, numbers } from '../support/verify.ts';

// Small enough that eps decides the result.
const small = (r: { normal(): number }) => 1e-3 * r.normal();

test.each(samples.map((c) => [title(c), c] as const))('%s without options', (_, c) => {
  const eps = c.op === 'rmsNorm' ? 1.1920928955078125e-7 : 1e-5;
  const n = numbers(c, { affine: 'none', eps, family: small });
  scope(() => {
    const x = tensor(n.x, c.shape);
    const dy = tensor(n.dy, c.shape);
    const y = apply(c, x);
    expectForward(n, y);
    expectSameBits(apply(c, x, { weight: null, bias: null }).data, y.data, 'y with null parameters');
    for (const result of [backward(applyForward(c, x).saved, dy), applyBackward(c, dy, x)]) {
      expect([result.dweight, result.dbias]).toEqual([null, null]);
      expectGradients(n, { dx: result.dx, dweight: null, dbias: null });
    }
  });
});
