// Arguments that run a caller's code when they are read, which then does the worst: disposes, detaches, grows, re-enters.
import { describe, expect, test } from '@jest/globals';
import {
  BatchNorm,
  backward,
  batchNorm,
  createRuntime,
  isNormError,
  keep,
  LayerNorm,
  layerNorm,
  layerNormBackward,
  layerNormForward,
  memory,
  scope,
  type Tensor,
  tensor,
  zeros,
} from 'normlayers';
import { expectSameBits } from '../support/bits.ts';
import { caught, expectRefusal } from '../support/errors.ts';

const disposed = { name: 'StateError', code: 'DISPOSED' } as const;

/** An object whose `key` is `value` once `act` has run, beside others. */
const reading = (key: string, act: () => void, value: unknown = undefined, others: object = {}) =>
  Object.defineProperty({ ...others }, key, {
    enumerable: true,
    get: () => {
      act();
      return value;
    },
  }) as never;

describe('what is disposed while the arguments are read is noticed, by its name', () => {
  const rows: [name: string, called: string, call: (x: Tensor, act: () => void) => unknown][] = [
    ['by an option', 'x', (x, act) => layerNorm(x, 2, reading('eps', act))],
    ['by a shape', 'x', (x, act) => layerNorm(x, reading('0', act, 2, { length: 1 }))],
    ['by out', 'x', (x, act) => layerNorm(x, 2, reading('out', act))],
    ['by needs', 'x', (x, act) => layerNormBackward(x, x, 2, { needs: reading('dx', act) })],
    ['by a mode', 'x', (x, act) => batchNorm(x, reading('mode', act))],
    ['by a layer’s options', 'x', (x, act) => new LayerNorm(2).forward(x, reading('save', act))],
    ['by values', 'the tensor', (x, act) => x.copyFrom(reading('data', act, new Float32Array(4), { shape: [2, 2] }))],
    ['by a reshape', 'the tensor', (x, act) => x.reshape(reading('0', act, 4, { length: 1 }))],
  ];
  test.each(rows)('%s', (_, called, call) => {
    scope(() => {
      const x = zeros([2, 2]);
      const error = caught(() => call(x, () => x.dispose()));
      expect(error).toMatchObject({ ...disposed, message: expect.stringMatching(`^${called} was disposed`) });
      expect(isNormError(error)).toBe(true);
      const y = layerNorm(tensor([[1, 3]]), 2, { eps: 0 });
      expect(y.toArray()).toEqual([[-1, 1]]);
    });
  });

  test('saved, by the options of its backward', () => {
    scope(() => {
      const { saved } = layerNormForward(zeros([2, 2]), 2);
      const dy = zeros([2, 2]);
      const needs = reading('needs', () => saved.dispose());
      const error = caught(() => backward(saved, dy, needs));
      expect(error).toMatchObject({ ...disposed, message: expect.stringMatching('^saved was disposed') });
    });
  });

  test('a whole runtime', () => {
    const runtime = createRuntime();
    const x = zeros([2, 2], { runtime });
    expectRefusal(
      () =>
        layerNorm(
          x,
          2,
          reading('eps', () => runtime.dispose()),
        ),
      disposed,
    );
  });
});

describe('loadStateDict takes each value as it was when it was read', () => {
  const fresh = () => new LayerNorm(3);

  test('a tensor that the next entry disposes, and whose memory is taken again', () => {
    using norm = fresh();
    const weight = tensor([1, 2, 3]);
    norm.loadStateDict({
      weight,
      get bias() {
        weight.dispose();
        keep(tensor([9, 9, 9])).dispose();
        return [4, 5, 6];
      },
    });
    expect([norm.weight.toArray(), norm.bias.toArray()]).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test('an array that the next entry detaches', () => {
    using norm = fresh();
    const weight = Float32Array.of(1, 2, 3);
    norm.loadStateDict({
      weight,
      get bias() {
        structuredClone(weight.buffer, { transfer: [weight.buffer] });
        return [4, 5, 6];
      },
    });
    expect(norm.weight.toArray()).toEqual([1, 2, 3]);
  });

  test('a tensor of a runtime that the next entry disposes, and one that growth moves', () => {
    using norm = fresh();
    const runtime = createRuntime();
    const weight = tensor([1, 2, 3], undefined, { runtime });
    norm.loadStateDict({
      weight,
      get bias() {
        zeros([1_000_000]).dispose();
        runtime.dispose();
        return [4, 5, 6];
      },
    });
    expect(norm.weight.toArray()).toEqual([1, 2, 3]);
  });

  test('not at all when a later entry throws, or disposes the layer', () => {
    using norm = fresh();
    const before = norm.weight.toTypedArray();
    const boom = new Error('boom');
    const dict = {
      weight: [1, 2, 3],
      get bias(): number[] {
        throw boom;
      },
    };
    expect(() => norm.loadStateDict(dict)).toThrow(boom);
    expectSameBits(norm.weight.data, before, 'weight');
    const doomed = fresh();
    const last = {
      weight: [1, 2, 3],
      get bias() {
        doomed.dispose();
        return [4, 5, 6];
      },
    };
    const error = caught(() => doomed.loadStateDict(last));
    expect(isNormError(error, 'DISPOSED')).toBe(true);
  });
});

describe('a scope whose result throws while it is looked through', () => {
  test('disposes all that was made, also what was found before', () => {
    const before = memory();
    const boom = new Error('boom');
    const call = () =>
      scope(() => ({
        y: zeros([2]),
        get z(): never {
          throw boom;
        },
      }));
    expect(call).toThrow(boom);
    expect(memory()).toMatchObject({ tensors: before.tensors, bytesInUse: before.bytesInUse });
  });

  test('and what keep was to keep stays in its scope', () => {
    scope(() => {
      const before = memory().tensors;
      scope(() => {
        const y = zeros([2]);
        const holder = {
          y,
          get z(): never {
            throw new Error('boom');
          },
        };
        expect(() => keep(holder)).toThrow('boom');
      });
      expect(memory().tensors).toBe(before);
    });
  });
});

test('a layer’s options may call the layer itself', () => {
  using norm = new BatchNorm(2);
  scope(() => {
    const x = tensor([
      [1, 2],
      [3, 5],
    ]);
    const y = norm.forward(
      x,
      reading('track', () => norm.eval()),
    );
    expect([y.shape, norm.mode, norm.numBatchesTracked]).toEqual([[2, 2], 'eval', 0]);
  });
});
