// Forgotten tensors are freed in time, and never while a view of theirs can still be reached.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { createRuntime, full, memory, zeros } from 'normlayers';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects until the condition holds, or gives up. */
async function collected(done: () => boolean): Promise<boolean> {
  for (let i = 0; i < 50 && !done(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  return done();
}

test('a forgotten tensor is freed', async () => {
  const { tensors } = memory();
  (() => {
    for (let i = 0; i < 10; i++) zeros([1000]);
  })();
  expect(memory().tensors).toBe(tensors + 10);
  expect(await collected(() => memory().tensors === tensors)).toBe(true);
});

test('a view that can be reached keeps the memory of a forgotten tensor', async () => {
  // A memory that does not grow, so that the view stays what it is.
  const runtime = createRuntime({ initialMemory: 2 ** 22, maxMemory: 2 ** 22 });
  const make = (value: number) => full([1000], value, { runtime });
  const view = (() => make(5).data)();
  (() => {
    for (let i = 0; i < 10; i++) make(6);
  })();
  expect(await collected(() => runtime.memory().tensors <= 1)).toBe(true);
  const others = Array.from({ length: 100 }, () => make(7));
  expect(view.every((value) => value === 5)).toBe(true);
  expect(others.every((t) => t.data[0] === 7)).toBe(true);
  runtime.dispose();
});

test('memory held by rows outlives the forgotten tensor they were taken from', async () => {
  const rows = (() => full([10, 10], 3).rows(5))();
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  full([10, 10], 9);
  full([10, 10], 9);
  expect(rows.toArray()).toEqual(new Array(5).fill(new Array(10).fill(3)));
});
