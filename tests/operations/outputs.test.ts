// Results go where the caller says: into `out`, over the input, over dy, added or written; what is not asked for is
// not computed; nothing else is touched.
import { describe, expect, test } from '@jest/globals';
import {
  type AnyTensor,
  backward,
  empty,
  full,
  layerNormForward,
  memory,
  scope,
  type Tensor,
  tensor,
} from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import { disposeOf } from '../support/dispose.ts';
import {
  apply,
  applyBackward,
  applyForward,
  type Gradient,
  type GradientTensors,
  type Options,
  parameterShape,
  title,
} from '../support/operations.ts';
import { normals } from '../support/random.ts';
import { samples } from '../support/shapes.ts';
import { expectForward, expectGradients, gradients, numbers, tensors } from '../support/verify.ts';

type Subset = Record<Gradient, boolean>;
const subsets: Subset[] = Array.from({ length: 8 }, (_, bits) => ({
  dx: (bits & 1) > 0,
  dweight: (bits & 2) > 0,
  dbias: (bits & 4) > 0,
}));
const listed = (subset: Subset) => gradients.filter((key) => subset[key]).join(', ') || 'nothing';

describe.each(samples.map((c) => [title(c), c] as const))('%s', (_, c) => {
  const n = numbers(c);
  const shapes = { dx: c.shape, dweight: parameterShape(c), dbias: parameterShape(c) };

  test('writes y into `out` and returns it', () => {
    scope(() => {
      const { x, options } = tensors(c, n);
      const out = full(c.shape, 7);
      expect(apply(c, x, { ...options, out })).toBe(out);
      expectForward(n, out);
      expectSameBits(x.data, n.x, 'x');
      const saving = empty(c.shape);
      const { y } = applyForward(c, x, { ...options, out: saving });
      expect(y).toBe(saving);
      expectSameBits(saving.data, out.data, 'y with saving');
    });
  });

  test('writes no further than `out`', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const fence = full([n.x.length + 10], 5);
      const inside = fence.rows(5, 5 + n.x.length).reshape(c.shape);
      const intact = () => [...fence.rows(0, 5).data, ...fence.rows(5 + n.x.length).data];
      apply(c, x, { ...options, out: inside });
      expect(intact()).toEqual(new Array(10).fill(5));
      applyBackward(c, dy, x, { ...options, out: { dx: inside } });
      expect(intact()).toEqual(new Array(10).fill(5));
    });
  });

  test.each(subsets.map((s) => [listed(s), s] as const))('computes of the gradients: %s', (_name, needs) => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const { saved } = applyForward(c, x, options);
      for (const result of [
        backward(saved, dy, { needs }) as GradientTensors,
        applyBackward(c, dy, x, { ...options, needs }),
      ]) {
        for (const key of gradients) expect(result[key] !== null).toBe(needs[key]);
        expectGradients(n, result);
      }
      expectSameBits(dy.data, n.dy, 'dy');
      expectSameBits(x.data, n.x, 'x');
    });
  });

  test('an absent key of `needs` means true', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const { dx, dweight, dbias } = applyBackward(c, dy, x, { ...options, needs: { dx: false } });
      expect(dx).toBeNull();
      expect(dweight).not.toBeNull();
      expect(dbias).not.toBeNull();
    });
  });

  test.each(subsets.map((s) => [listed(s), s] as const))('adds to `out` of: %s', (_name, accumulate) => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const { saved } = applyForward(c, x, options);
      for (const route of [
        (o: Options) => backward(saved, dy, o as never) as GradientTensors,
        (o: Options) => applyBackward(c, dy, x, { ...options, ...o }),
      ]) {
        const before = Object.fromEntries(
          gradients.map((key, i) => [
            key,
            normals(
              shapes[key].reduce((a, b) => a * b),
              20 + i,
              3,
            ),
          ]),
        ) as Record<Gradient, Float32Array>;
        const out = Object.fromEntries(gradients.map((key) => [key, tensor(before[key], shapes[key])])) as Record<
          Gradient,
          Tensor
        >;
        const result = route({ out, accumulate });
        for (const key of gradients) expect(result[key]).toBe(out[key]);
        const added = Object.fromEntries(gradients.filter((key) => accumulate[key]).map((key) => [key, before[key]]));
        expectGradients(n, result, added);
      }
    });
  });

  test('`accumulate: true` adds to all three', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const before = {
        dx: normals(n.x.length, 30),
        dweight: normals(n.weight!.length, 31),
        dbias: normals(n.bias!.length, 32),
      };
      const out = {
        dx: tensor(before.dx, shapes.dx),
        dweight: tensor(before.dweight, shapes.dweight),
        dbias: tensor(before.dbias, shapes.dbias),
      };
      expectGradients(n, applyBackward(c, dy, x, { ...options, out, accumulate: true }), before);
    });
  });

  test('a call that is given every `out` makes no tensor and takes no memory', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const y = empty(c.shape);
      const out = { dx: empty(c.shape), dweight: empty(shapes.dweight), dbias: empty(shapes.dbias) };
      const step = () => {
        apply(c, x, { ...options, out: y });
        applyBackward(c, dy, x, { ...options, out });
      };
      step();
      const before = memory();
      const views = [y.data, out.dx.data];
      for (let i = 0; i < 3; i++) step();
      expect(memory()).toEqual(before);
      expect([y.data, out.dx.data].every((view, i) => view === views[i])).toBe(true);
    });
  });
});

describe('calls that are given every `out`', () => {
  // Of the core's own realm, which is this one.
  const counted = (call: () => unknown): number => {
    const names = ['Float32Array', 'Float64Array'] as const;
    const classes = names.map((name) => globalThis[name]);
    let views = 0;
    const watched = (target: object) =>
      new Proxy(target, {
        construct(type, args, newTarget) {
          views++;
          return Reflect.construct(type as never, args, newTarget);
        },
      });
    for (const [i, name] of names.entries()) globalThis[name] = watched(classes[i]!) as never;
    try {
      call();
    } finally {
      for (const [i, name] of names.entries()) globalThis[name] = classes[i] as never;
    }
    return views;
  };

  test.each(samples.map((c) => [title(c), c] as const))('%s: make no view, with given statistics either', (_, c) => {
    scope(() => {
      const n = numbers(c);
      const { x, dy, options } = tensors(c, n);
      const out = { dx: empty(c.shape), dweight: empty(parameterShape(c)), dbias: empty(parameterShape(c)) };
      const { saved } = applyForward(c, x, options);
      for (const dtype of ['float64', 'float32'] as const) {
        const copy = (t: typeof saved.rstd) => tensor(t.toTypedArray(), t.shape, { dtype }) as AnyTensor;
        const mean = saved.mean === null ? {} : { mean: copy(saved.mean) };
        const given = { ...options, ...mean, rstd: copy(saved.rstd), out };
        const calls = () => {
          applyBackward(c, dy, x, given);
          backward(saved, dy, { out } as never);
        };
        calls();
        expect(counted(calls)).toBe(0);
        if (dtype === 'float64') expectGradients(n, out);
      }
    });
  });
});

describe('a result', () => {
  const results = () => {
    const x = tensor([1, 2]);
    const r = layerNormForward(x, 2);
    return [r, backward(r.saved, x)] as const;
  };

  test('is a plain object but for a hidden method', () => {
    scope(() => {
      for (const result of results()) {
        const key: symbol = Symbol.dispose ?? Symbol.for('Symbol.dispose');
        expect(typeof (result as unknown as Record<symbol, unknown>)[key]).toBe('function');
        expect(result.constructor).toBe(Object);
        expect(Reflect.ownKeys({ ...result })).toEqual(Object.keys(result));
        const shown: (string | symbol)[] = [];
        for (const name in result) shown.push(name);
        expect(shown).toEqual(Object.keys(result));
        expect(result).toStrictEqual({ ...result });
        expect(JSON.parse(JSON.stringify({ ...result, y: 1, saved: 2, dx: 3 }))).toMatchObject({ dx: 3 });
      }
      const gradients = structuredClone({ ...results()[1], dx: 1 });
      expect(gradients).toEqual({ dx: 1, dweight: null, dbias: null });
    });
  });

  test('does not define its method anew: that takes longer than a small call', () => {
    scope(() => {
      const { defineProperty } = Object;
      let defined = 0;
      Object.defineProperty = ((...args: Parameters<typeof defineProperty>) => {
        defined++;
        return defineProperty(...args);
      }) as typeof defineProperty;
      try {
        results();
      } finally {
        Object.defineProperty = defineProperty;
      }
      expect(defined).toBe(0);
    });
  });

  test('passes out of a scope with all it holds', () => {
    const [r, gradients] = scope(() => results());
    expect([r.y.disposed, r.saved.disposed, gradients.dx.disposed]).toEqual([false, false, false]);
    disposeOf(gradients);
    disposeOf(r);
    expect([r.y.disposed, r.saved.disposed, gradients.dx.disposed]).toEqual([true, true, true]);
  });
});
