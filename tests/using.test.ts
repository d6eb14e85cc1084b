// `using` frees tensors, results, saved state and runtimes at the end of their block, as compilers lower it today.
import { expect, test } from '@jest/globals';
import { backward, createRuntime, layerNorm, layerNormForward, memory, scope, tensor } from 'normlayers';
import { disposeOf } from './support/dispose.ts';

test('frees what a block made', () => {
  scope(() => {
    layerNorm(tensor([[1, 2]]), [2]);
  });
  const before = memory();
  {
    using x = tensor([[1, 3]]);
    using y = layerNorm(x, [2], { eps: 0 });
    using result = layerNormForward(x, [2]);
    using gradients = backward(result.saved, y);
    expect([y.toArray(), gradients.dx.shape]).toEqual([[[-1, 1]], [1, 2]]);
  }
  expect(memory()).toEqual(before);
});

test('frees when the block throws', () => {
  const before = memory();
  expect(() => {
    using _ = tensor([1]);
    throw new Error('mine');
  }).toThrow('mine');
  expect(memory()).toEqual(before);
});

test('disposes of a runtime', () => {
  const kept = (() => {
    using runtime = createRuntime();
    return runtime;
  })();
  expect(kept.disposed).toBe(true);
});

test('the key of a result is not enumerable', () => {
  const result = layerNormForward(tensor([[1, 3]]), [2]);
  expect(Object.getOwnPropertySymbols({ ...result })).toEqual([]);
  expect(Object.keys(result).sort()).toEqual(['saved', 'y']);
  disposeOf(result);
  disposeOf(result);
});
