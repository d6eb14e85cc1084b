// Tensors that no cache holds are walked in other ways than those that one does: none changes a bit. Each is compared with
// its parts, taken one by one.
import { describe, test } from '@jest/globals';
import { scope, tensor } from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import { sizeOf } from '../support/geometry.ts';
import { apply, applyBackward, applyForward, type Case, parameterShape, title } from '../support/operations.ts';
import { normals } from '../support/random.ts';

/** Just above two million elements each, to be taken in so many parts. */
const far: [Case, number][] = [
  [{ op: 'layerNorm', shape: [3500, 600], normalizedShape: [600] }, 7],
  [{ op: 'layerNorm', shape: [16500, 128], normalizedShape: [128] }, 11],
  [{ op: 'rmsNorm', shape: [3500, 600], normalizedShape: [600] }, 7],
  [{ op: 'rmsNorm', shape: [16500, 128], normalizedShape: [128] }, 11],
  [{ op: 'groupNorm', shape: [12, 32, 5600], numGroups: 8 }, 6],
  [{ op: 'instanceNorm', shape: [12, 32, 5600] }, 6],
  [{ op: 'groupNorm', shape: [12, 5600, 32], numGroups: 8, channelAxis: -1 }, 6],
  [{ op: 'batchNorm', shape: [6, 64, 5600] }, 8],
  [{ op: 'batchNorm', shape: [2, 9000, 120] }, 9],
];

type Numbers = Record<'x' | 'dy' | 'weight' | 'bias', Float32Array>;

function run(c: Case, { x, dy, weight, bias }: Numbers) {
  return scope(() => {
    const shape = parameterShape(c);
    const options = { weight: tensor(weight, shape), bias: tensor(bias, shape) };
    const input = tensor(x, c.shape);
    const { y, saved } = applyForward(c, input, options);
    const { dx } = applyBackward(c, tensor(dy, c.shape), input, options);
    const statistics = { mean: saved.mean?.toTypedArray(), rstd: saved.rstd.toTypedArray() };
    const outOfPlace = y.toTypedArray();
    apply(c, input, { ...options, out: input });
    expectSameBits(input.data, outOfPlace, 'y in place');
    return { y: outOfPlace, dx: dx!.toTypedArray(), ...statistics };
  });
}

/** The case of one of `count` parts: of data points, or of channels where a statistic is of all data points. */
function part(c: Case, count: number): Case {
  const axis = c.op === 'batchNorm' ? 1 : 0;
  return { ...c, shape: c.shape.map((extent, i) => (i === axis ? extent / count : extent)) };
}

/** What belongs to part `k` of `count`, of values that lie as x does or one for each statistic or parameter. */
function of<T extends Float32Array | Float64Array>(c: Case, values: T, k: number, count: number): T {
  const outer = c.op === 'batchNorm' && values.length === sizeOf(c.shape) ? (c.shape[0] as number) : 1;
  const [all, len] = [values.length / outer, values.length / outer / count];
  const result = values.slice(0, outer * len);
  for (let i = 0; i < outer; i++) result.set(values.subarray(i * all + k * len, i * all + (k + 1) * len), i * len);
  return result as T;
}

describe.each(far.map(([c, count]) => [title(c), c, count] as const))('%s', (_, c, count) => {
  test('has the bits of its parts', () => {
    const size = sizeOf(parameterShape(c));
    const numbers: Numbers = {
      x: normals(sizeOf(c.shape), 1, 3),
      dy: normals(sizeOf(c.shape), 2),
      weight: normals(size, 3, 1, 0.2),
      bias: normals(size, 4),
    };
    const whole = run(c, numbers);
    for (let k = 0; k < count; k++) {
      const [x, dy] = [of(c, numbers.x, k, count), of(c, numbers.dy, k, count)];
      const own = c.op === 'batchNorm';
      const [weight, bias] = [numbers.weight, numbers.bias].map((v) => (own ? of(c, v, k, count) : v)) as [
        Float32Array,
        Float32Array,
      ];
      const ofPart = run(part(c, count), { x, dy, weight, bias });
      for (const key of ['y', 'dx', 'mean', 'rstd'] as const) {
        expectSameBits(whole[key] && of(c, whole[key], k, count), ofPart[key], `${key} of part ${k}`);
      }
    }
  });
});
