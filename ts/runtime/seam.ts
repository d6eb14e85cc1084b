// The one module that knows the generated WebAssembly glue: it takes the types of the exports from it, and
// instantiates by itself, because the glue's own `initSync` makes a single instance.

import type { InitOutput } from '../../crates/normlayers-wasm/pkg/normlayers_wasm.js';
import { describe, MemoryError, typeError, UnsupportedError, valueError } from '../errors.js';
import { type WasmEngine, type WasmMemory, type WasmModule, wasmEngine } from './engine.js';

/** The kernels of one instance: numbers in, numbers out; addresses are byte offsets, 0 = absent. */
export type Kernels = Omit<InitOutput, 'memory'> & { readonly memory: WasmMemory };

const NO_ENGINE = 'this JavaScript engine has no WebAssembly; normlayers needs WebAssembly with SIMD';

// i32.const 0; i8x16.splat; i8x16.popcnt: the smallest module that only an engine with SIMD takes.
const SIMD_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
];

/** The engine, or the error that tells what is missing. */
export function requireEngine(): WasmEngine {
  const engine = wasmEngine();
  if (engine === undefined) throw new UnsupportedError(NO_ENGINE);
  return engine;
}

/** Compiles and instantiates a tiny SIMD module: `validate` alone says true under a policy that forbids both. */
export function probeSimd(engine: WasmEngine): void {
  new engine.Instance(new engine.Module(new Uint8Array(SIMD_PROBE)));
}

/** Says why the engine refused, and what helps. */
export function explainRefusal(engine: WasmEngine, cause: unknown): Error {
  if (!engine.validate(new Uint8Array(SIMD_PROBE))) {
    return new UnsupportedError('this engine has no WebAssembly SIMD, which normlayers needs', { cause });
  }
  try {
    probeSimd(engine);
  } catch {
    return new UnsupportedError(
      "this place forbids compiling WebAssembly at run time: under a content security policy add 'wasm-unsafe-eval' " +
        'to script-src; in workerd import normlayers.wasm statically and pass it as { module } to createRuntime',
      { cause },
    );
  }
  return valueError('the bytes given are not those of normlayers/normlayers.wasm', { cause });
}

export function compileModule(bytes: ArrayBufferView | ArrayBuffer): WasmModule {
  const engine = requireEngine();
  try {
    // Engines refuse shared memory as such, and take it through a view.
    return new engine.Module(ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes));
  } catch (cause) {
    throw explainRefusal(engine, cause);
  }
}

/** The exports of a fresh instance with a memory of its own. */
export function instanceOf(module: WasmModule): object {
  const engine = requireEngine();
  try {
    return new engine.Instance(module).exports;
  } catch (cause) {
    if ((cause as Partial<Error> | null)?.name === 'RangeError') {
      throw new MemoryError('there is no room for another WebAssembly memory: dispose runtimes, or share one', {
        cause,
      });
    }
    throw explainRefusal(engine, cause);
  }
}

function exportsOf(engine: WasmEngine, module: WasmModule): string[] {
  try {
    return engine.Module.exports(module).map(({ name }) => name);
  } catch {
    // It is tagged as a module, and is none.
    throw typeError(`module must be a WebAssembly.Module, got ${describe(module)}`);
  }
}

/** A fresh instance of the kernels. */
export function instantiate(module: WasmModule): Kernels {
  const engine = requireEngine();
  const names = exportsOf(engine, module);
  if (!names.includes('heap_base') || !names.includes('memory')) {
    throw valueError('module is not that of normlayers/normlayers.wasm');
  }
  return instanceOf(module) as Kernels;
}
