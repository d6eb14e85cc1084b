// Backward refuses what was written since the forward that saved it: every byte that a call of the library writes counts,
// and no other.
import { describe, expect, test } from '@jest/globals';
import {
  type AnyTensor,
  BatchNorm,
  backward,
  layerNorm,
  layerNormBackward,
  layerNormForward,
  scope,
  type Tensor,
  tensor,
  zeros,
} from 'normlayers';
import { expectRefusal } from './support/errors.ts';
import { affine, named } from './support/layers.ts';
import {
  apply,
  applyBackward,
  applyForward,
  type GradientTensors,
  type Options,
  parameterShape,
  title,
} from './support/operations.ts';
import { normals } from './support/random.ts';
import { samples, withRunning } from './support/shapes.ts';
import { gradients, numbers, tensors } from './support/verify.ts';

const written = { name: 'StateError', code: 'STATE' } as const;

describe('which bytes count', () => {
  const shape = [4, 3];
  const values = normals(24, 1);
  /** Saves a forward of rows 2 to 4 of a larger tensor, does something, and tries backward. */
  const backwardAfter = (act: (whole: Tensor, x: Tensor) => void): (() => unknown) => {
    const whole = tensor(values, [8, 3]);
    const x = whole.rows(2, 6);
    const { saved } = layerNormForward(x, [3]);
    const dy = tensor(normals(12, 2), shape);
    act(whole, x);
    return () => backward(saved, dy);
  };
  const noticed: [string, (whole: Tensor, x: Tensor) => void][] = [
    ['copyFrom of the whole', (whole) => whole.copyFrom(values)],
    ['copyFrom of a row of it', (whole) => whole.rows(3, 4).copyFrom(Float32Array.of(1, 2, 3))],
    ['copyFrom of its last element', (whole) => whole.reshape([24]).rows(17, 18).copyFrom([1])],
    ['an `out` that overlaps it', (whole) => layerNorm(zeros([2, 3]), [3], { out: whole.rows(1, 3) })],
    ['its own use in place', (_, x) => layerNorm(x, [3], { out: x })],
    [
      'a gradient written over it',
      (whole) => {
        layerNormBackward(zeros([1, 3]), zeros([1, 3]), [3], { out: { dx: whole.rows(2, 3) } });
      },
    ],
  ];
  const unnoticed: [string, (whole: Tensor, x: Tensor) => void][] = [
    ['nothing', () => {}],
    ['copyFrom of rows before it', (whole) => whole.rows(0, 2).copyFrom(new Float32Array(6))],
    ['copyFrom of rows after it', (whole) => whole.rows(6).copyFrom(new Float32Array(6))],
    ['an `out` beside it', (whole) => layerNorm(zeros([2, 3]), [3], { out: whole.rows(6) })],
    ['no rows of it', (whole) => whole.rows(3, 3).copyFrom(new Float32Array(0))],
    ['a write through .data', (whole) => whole.data.fill(1)],
    ['reading it', (whole) => whole.clone().copyFrom(values)],
  ];

  test.each(noticed)('%s', (_, act) => {
    scope(() => {
      const call = backwardAfter(act);
      expectRefusal(call, written);
      expectRefusal(call, written);
    });
  });

  test.each(unnoticed)('not %s', (_, act) => {
    scope(() => {
      expect(backwardAfter(act)).not.toThrow();
    });
  });

  test('not writes before the forward, though they count for an earlier one', () => {
    scope(() => {
      const x = tensor(values, [8, 3]);
      const dy = zeros([8, 3]);
      const earlier = layerNormForward(x, [3]).saved;
      x.copyFrom(values);
      const { saved } = layerNormForward(x, [3]);
      expect(backward(saved, dy).dx!.shape).toEqual([8, 3]);
      expectRefusal(() => backward(earlier, dy), written);
    });
  });

  test('memory that is written by a later owner is not', () => {
    scope(() => {
      const x = tensor(values, [8, 3]);
      const { saved } = layerNormForward(x, [3]);
      x.dispose();
      for (let i = 0; i < 20; i++) zeros([8, 3]).copyFrom(values);
      expect(() => backward(saved, zeros([8, 3]))).not.toThrow();
    });
  });
});

/** Saves a forward of each tensor; tells afterwards which of them were written. */
function watching<K extends string>(watched: Record<K, AnyTensor | null>): () => K[] {
  const calls = Object.entries<AnyTensor | null>(watched).map(([name, t]) => {
    const x = t!.reshape([-1]) as Tensor;
    const { saved } = layerNormForward(x, x.size);
    return [name as K, () => backward(saved, zeros([x.size]))] as const;
  });
  return () =>
    calls.flatMap(([name, call]) => {
      try {
        call();
        return [];
      } catch (error) {
        expect(error).toMatchObject({ ...written, message: expect.stringMatching(/^x was written/) });
        return [name];
      }
    });
}

describe.each(samples.map((c) => [title(c), c] as const))('%s', (_, c) => {
  const n = numbers(c);
  const forwards: [name: string, call: (x: Tensor, options: Options) => unknown][] = [
    ['forward', (x, options) => apply(c, x, options)],
    ['forward that saves', (x, options) => applyForward(c, x, options)],
  ];

  test.each(forwards)('%s writes `out` alone', (_name, call) => {
    scope(() => {
      const { x, options } = tensors(c, n);
      const out = zeros(c.shape);
      const seen = watching({ x, out, weight: options.weight!, bias: options.bias! });
      call(x, { ...options, out });
      expect(seen()).toEqual(['out']);
    });
  });

  const backwards: [name: string, call: (x: Tensor, dy: Tensor, options: Options, more: Options) => unknown][] = [
    ['backward', (x, dy, options, more) => backward(applyForward(c, x, options).saved, dy, more as never)],
    ['backward from the inputs', (x, dy, options, more) => applyBackward(c, dy, x, { ...options, ...more })],
  ];

  test.each(backwards)('%s writes the gradients of `out` that are needed', (_name, call) => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const out = { dx: zeros(c.shape), dweight: zeros(parameterShape(c)), dbias: zeros(parameterShape(c)) };
      for (const needed of [[...gradients], ['dx'], ['dweight'], ['dbias']]) {
        const seen = watching({ ...out, x, dy, weight: options.weight!, bias: options.bias! });
        const needs = Object.fromEntries(gradients.map((key) => [key, needed.includes(key)]));
        call(x, dy, options, { out, needs });
        expect(seen()).toEqual(needed);
      }
    });
  });
});

describe.each(withRunning.map((c) => [title(c), c] as const))('running statistics of %s', (_, c) => {
  test.each(['train', 'eval', 'frozen'] as const)('in mode %s', (mode) => {
    scope(() => {
      const { x, dy, options } = tensors(c, numbers(c));
      const running = { runningMean: zeros(parameterShape(c)), runningVar: zeros(parameterShape(c)) };
      const all = { ...options, ...running, mode };
      for (const call of [() => apply(c, x, all), () => applyForward(c, x, all)]) {
        const seen = watching(running);
        call();
        expect(seen()).toEqual(mode === 'train' ? ['runningMean', 'runningVar'] : []);
      }
      const seen = watching(running);
      const result: GradientTensors = applyBackward(c, dy, x, all);
      expect(result.dx!.shape).toEqual(c.shape);
      expect(seen()).toEqual([]);
    });
  });
});

describe.each(named())('%s', (_, kind) => {
  const n = numbers(kind.case);
  /** A layer with gradients, and what it holds. */
  const used = () => {
    const layer = kind.make(affine);
    const [x, dy] = [tensor(n.x, kind.case.shape), tensor(n.dy, kind.case.shape)];
    layer.forward(x);
    layer.backward(dy);
    const { weight, bias, runningMean, runningVar } = layer;
    const running = runningMean && runningVar ? { runningMean, runningVar } : {};
    const grads = { dweight: weight!.grad, dbias: bias!.grad };
    return { layer, x, dy, parameters: { weight, bias }, grads, running };
  };
  type Used = ReturnType<typeof used>;
  const rows: [what: string, call: (given: Used) => unknown, writes: (given: Used) => object][] = [
    ['forward in training', ({ layer, x }) => layer.forward(x), ({ running }) => running],
    ['a record', ({ layer, x }) => layer.record(x), ({ running }) => running],
    ['forward that does not track', ({ layer, x }) => layer.forward(x, { track: false }), () => ({})],
    ['forward in evaluation', ({ layer, x }) => layer.eval().forward(x), () => ({})],
    ['forward of a frozen layer', ({ layer, x }) => layer.freeze().forward(x), () => ({})],
    [
      'backward',
      ({ layer, x, dy }) => {
        layer.freeze().forward(x);
        layer.backward(dy);
      },
      ({ grads }) => grads,
    ],
    ['zeroGrad', ({ layer }) => layer.zeroGrad(), ({ grads }) => grads],
    [
      'loadStateDict',
      ({ layer }) => layer.loadStateDict(layer.stateDict() as never),
      ({ parameters, running }) => ({ ...parameters, ...running }),
    ],
    ['stateDict', ({ layer }) => layer.stateDict(), () => ({})],
  ];

  test.each(rows)('%s', (_name, call, writes) => {
    scope(() => {
      const given = used();
      const { parameters, running, grads, layer } = given;
      const seen = watching({ ...parameters, ...running, ...grads } as Record<string, AnyTensor>);
      call(given);
      expect(seen()).toEqual(Object.keys(writes(given)));
      layer.dispose();
    });
  });
});

test('a call that is refused has written nothing', () => {
  scope(() => {
    const [x, out, wrong] = [zeros([2, 3]), zeros([2, 3]), zeros([2])];
    using norm = new BatchNorm(3);
    const running = { runningMean: norm.runningMean, runningVar: norm.runningVar };
    const seen = watching({ x, out, ...running });
    for (const call of [
      () => layerNorm(x, 3, { out, weight: wrong }),
      () => layerNormBackward(wrong, x, 3, { out: { dx: out } }),
      () => norm.forward(x, { out: wrong }),
      () => out.copyFrom(wrong),
    ]) {
      expectRefusal(call, { name: 'RangeError', code: 'SHAPE' });
    }
    expect(seen()).toEqual([]);
  });
});
