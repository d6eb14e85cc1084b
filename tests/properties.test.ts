// The identities of normalization: invariance to the scale of weights, what backward is orthogonal to, the parameters
// that undo it, and where one operation is another.
import { describe, expect, test } from '@jest/globals';
import {
  backward,
  batchNorm,
  batchNormForward,
  groupNorm,
  groupNormBackward,
  instanceNorm,
  instanceNormBackward,
  layerNorm,
  layerNormBackward,
  scope,
  tensor,
} from 'normlayers';
import { expectWithin } from './support/bounds.ts';
import { apply, applyBackward, applyForward, title } from './support/operations.ts';
import { normals } from './support/random.ts';
import { samples } from './support/shapes.ts';
import { numbers, tensors } from './support/verify.ts';

const CLOSE = 2 ** -18;
const maximum = (values: ArrayLike<number>) => Array.from(values).reduce((m, v) => Math.max(m, Math.abs(v)), 0);

/** Equal up to float32 rounding, in units of the largest element. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string) {
  expectWithin(actual, expected, CLOSE * maximum(expected), what);
}

describe('batch norm after a linear map with weights W, applied to u', () => {
  const [batch, inputs, outputs] = [64, 11, 5];
  const W = normals(inputs * outputs, 1);
  const u = normals(batch * inputs, 2, 0.5);
  const dy = normals(batch * outputs, 3);
  const bias = normals(outputs, 4);

  /** y = BN((aW)u), and the gradients of Σ dy·y by u and by aW. */
  const run = (a: number, eps: number) =>
    scope(() => {
      const z = new Float32Array(batch * outputs);
      for (let i = 0; i < batch; i++) {
        for (let o = 0; o < outputs; o++) {
          let sum = 0;
          for (let k = 0; k < inputs; k++) sum += a * W[o * inputs + k]! * u[i * inputs + k]!;
          z[i * outputs + o] = sum;
        }
      }
      const { y, saved } = batchNormForward(tensor(z, [batch, outputs]), {
        eps: eps * a * a,
        bias: tensor(bias),
      });
      const dz = backward(saved, tensor(dy, [batch, outputs])).dx!.data;
      const du = new Float64Array(u.length);
      const dW = new Float64Array(W.length);
      for (let i = 0; i < batch; i++) {
        for (let o = 0; o < outputs; o++) {
          for (let k = 0; k < inputs; k++) {
            du[i * inputs + k]! += dz[i * outputs + o]! * a * W[o * inputs + k]!;
            dW[o * inputs + k]! += dz[i * outputs + o]! * u[i * inputs + k]!;
          }
        }
      }
      return { y: y.toTypedArray(), du, dW };
    });

  describe.each([0, 1e-3])('with eps %p scaled by a²', (eps) => {
    const one = run(1, eps);

    test.each([1e-3, 0.3, 2, 1000])('y and ∂/∂u do not change with a = %p, and ∂/∂(aW) is 1/a times', (a) => {
      const scaled = run(a, eps);
      expectClose(scaled.y, one.y, 'y');
      expectClose(scaled.du, one.du, 'du');
      expectClose(
        scaled.dW.map((value) => value * a),
        one.dW,
        'a·dW',
      );
    });

    test('−a flips y about bias', () => {
      const flipped = run(-2, eps);
      const about = (values: Float32Array) => values.map((value, i) => value - bias[i % outputs]!);
      expectClose(
        about(flipped.y),
        about(one.y).map((value) => -value),
        'y − bias',
      );
    });
  });

  test('⟨W, ∂L/∂W⟩ = 0 with eps 0', () => {
    const { dW } = run(1, 0);
    const products = dW.map((value, i) => value * W[i]!);
    const sizes = products.reduce((sum, value) => sum + Math.abs(value), 0);
    expect(Math.abs(products.reduce((sum, value) => sum + value, 0))).toBeLessThan(CLOSE * sizes);
  });
});

describe.each(samples.map((c) => [title(c), c] as const))('%s', (_, c) => {
  const n = numbers(c, { eps: 0 });

  test('dx is orthogonal to x̂, and to a constant where the mean is subtracted', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const { y: hat, saved } = applyForward(c, x, { eps: 0 });
      const { dx } = applyBackward(c, dy, x, options);
      const sums = { dx: [] as number[], product: [] as number[], size: [] as number[] };
      dx!.data.forEach((value, i) => {
        const k = n.g.statistic[i]!;
        sums.dx[k] = (sums.dx[k] ?? 0) + value;
        sums.product[k] = (sums.product[k] ?? 0) + value * hat.data[i]!;
        sums.size[k] = (sums.size[k] ?? 0) + Math.abs(value);
      });
      const limit = sums.size.map((value) => CLOSE * value);
      const zeros = new Array(saved.rstd.size).fill(0);
      if (c.op !== 'rmsNorm') expectWithin(sums.dx, zeros, limit, 'Σdx');
      expectWithin(sums.product, zeros, limit, 'Σdx·x̂');
    });
  });

  test('y has mean square 1 and does not change with the scale of x', () => {
    scope(() => {
      const y = apply(c, tensor(n.x, c.shape), { eps: 0 }).data;
      const scaled = apply(
        c,
        tensor(
          n.x.map((value) => 8 * value),
          c.shape,
        ),
        { eps: 0 },
      ).data;
      expectWithin(
        scaled,
        y,
        y.map((value) => 2 ** -21 * Math.max(Math.abs(value), 1)),
        'y of 8x',
      );
      const squares = new Float64Array(n.g.statistics);
      const counts = new Float64Array(n.g.statistics);
      y.forEach((value, i) => {
        squares[n.g.statistic[i]!]! += value * value;
        counts[n.g.statistic[i]!]! += 1;
      });
      expectWithin(
        squares.map((sum, k) => sum / counts[k]!),
        new Float64Array(squares.length).fill(1),
        CLOSE,
        'mean square',
      );
    });
  });
});

test('weight = sqrt(var + eps) and bias = mean give the input back', () => {
  scope(() => {
    const x = tensor(normals(40 * 6, 1, 3, 2), [40, 6]);
    for (const eps of [0, 1e-3]) {
      const { saved } = batchNormForward(x, { eps });
      const weight = tensor(Float32Array.from(saved.rstd.data, (value) => 1 / value));
      const bias = tensor(Float32Array.from(saved.mean!.data));
      expectClose(batchNorm(x, { eps, weight, bias }).data, x.data, 'y');
    }
  });
});

describe('where one operation is another', () => {
  const shape = [3, 4, 5, 6];
  const x = normals(360, 1, 2);
  const dy = normals(360, 2);

  test('group norm with one group is layer norm over channels and space', () => {
    scope(() => {
      const [input, gradient] = [tensor(x, shape), tensor(dy, shape)];
      expectClose(groupNorm(input, 1).data, layerNorm(input, [4, 5, 6]).data, 'y');
      expectClose(
        groupNormBackward(gradient, input, 1).dx!.data,
        layerNormBackward(gradient, input, [4, 5, 6]).dx!.data,
        'dx',
      );
    });
  });

  test('group norm with as many groups as channels is instance norm', () => {
    scope(() => {
      const [input, gradient] = [tensor(x, shape), tensor(dy, shape)];
      expectClose(groupNorm(input, 4).data, instanceNorm(input).data, 'y');
      expectClose(groupNormBackward(gradient, input, 4).dx!.data, instanceNormBackward(gradient, input).dx!.data, 'dx');
    });
  });

  test('instance norm of one data point is batch norm of a batch of one', () => {
    scope(() => {
      for (const channelAxis of [1, -1] as const) {
        const one = tensor(x, shape).rows(1, 2);
        expectClose(instanceNorm(one, { channelAxis }).data, batchNorm(one, { channelAxis }).data, 'y');
      }
    });
  });

  test('channels last is channels first with the axes moved', () => {
    const channelsLast = (values: Float32Array) =>
      values.map((_, i) => {
        const [n, s, c] = [Math.floor(i / 120), Math.floor(i / 4) % 30, i % 4];
        return values[n * 120 + c * 30 + s]!;
      });
    scope(() => {
      const moved = tensor(channelsLast(x), [3, 5, 6, 4]);
      const weight = tensor([1, 2, 3, 4]);
      for (const call of [
        (t: typeof moved, channelAxis: 1 | -1) => batchNorm(t, { weight, channelAxis }),
        (t: typeof moved, channelAxis: 1 | -1) => instanceNorm(t, { weight, channelAxis }),
        (t: typeof moved, channelAxis: 1 | -1) => groupNorm(t, 2, { weight, channelAxis }),
      ]) {
        expectClose(call(moved, -1).data, channelsLast(call(tensor(x, shape), 1).toTypedArray()), 'y');
      }
    });
  });
});
