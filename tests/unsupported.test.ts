// Where WebAssembly is missing, too old or forbidden, importing does not throw, `isSupported` tells, and the first call
// says what to do; nothing is remembered of a failure.
import { afterEach, expect, test } from '@jest/globals';
import { isNormError, isSupported, layerNorm, memory, tensor } from 'normlayers';

const { WebAssembly: original, TextEncoder } = globalThis;
afterEach(() => {
  Object.assign(globalThis, { WebAssembly: original, TextEncoder });
});

/** WebAssembly as the engine has it, except for what is given. */
const withChanged = (changes: object) => {
  globalThis.WebAssembly = Object.defineProperties(Object.create(original), Object.getOwnPropertyDescriptors(changes));
};
const forbids = (message: string) =>
  class {
    constructor() {
      throw new original.CompileError(message);
    }
  };

// The last case comes as far as a module, which is kept: what forbids modules has to be tried before it.
const csp = 'call to WebAssembly.Module() blocked by CSP';
test.each<[string, () => void, RegExp, boolean]>([
  ['no WebAssembly', () => Reflect.set(globalThis, 'WebAssembly', undefined), /WebAssembly/, false],
  ['a policy that forbids modules', () => withChanged({ Module: forbids(csp) }), /wasm-unsafe-eval/, true],
  ['no SIMD', () => withChanged({ Module: forbids('invalid SIMD opcode'), validate: () => false }), /SIMD/, true],
  ['a policy that forbids instances', () => withChanged({ Instance: forbids(csp) }), /wasm-unsafe-eval/, true],
])('%s', (_, change, message, hasCause) => {
  change();
  expect(isSupported()).toBe(false);
  let error: unknown;
  try {
    tensor([1]);
  } catch (caught) {
    error = caught;
  }
  expect(isNormError(error, 'UNSUPPORTED')).toBe(true);
  expect(error).toMatchObject({ name: 'UnsupportedError', message: expect.stringMatching(message) });
  if (hasCause) expect((error as Error).cause).toBeInstanceOf(original.CompileError);
  expect(memory()).toEqual({ tensors: 0, bytesInUse: 0, bytesReserved: 0, bytesMax: 0 });
});

// In an AudioWorklet there is none.
test('works as soon as it is allowed, without TextEncoder too', () => {
  Reflect.set(globalThis, 'TextEncoder', undefined);
  expect(isSupported()).toBe(true);
  expect(layerNorm(tensor([[1, 3]]), [2], { eps: 0 }).toArray()).toEqual([[-1, 1]]);
});
