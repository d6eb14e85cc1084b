// `normlayers/core` is the same API without the embedded module: it asks for one, and works with one.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as core from 'normlayers/core';

test('tells that there is no module, and how to bring one', () => {
  expect(() => core.zeros([1])).toThrow(/createRuntime|loadRuntime|setDefaultRuntime/);
  try {
    core.zeros([1]);
  } catch (error) {
    expect(core.isNormError(error, 'UNSUPPORTED')).toBe(true);
    expect((error as Error).name).toBe('UnsupportedError');
  }
});

test('works with a module that is brought', () => {
  const bytes = new Uint8Array(readFileSync(new URL('../dist/normlayers.wasm', import.meta.url)));
  core.setDefaultRuntime(core.createRuntime({ bytes }));
  expect(core.layerNorm(core.tensor([[1, 3]]), [2], { eps: 0 }).toArray()).toEqual([[-1, 1]]);
});
