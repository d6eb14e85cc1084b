// Which compiled module runtimes are made from: the entry points register what the package carries.

import { UnsupportedError } from '../errors.js';
import { decodeBase64 } from './base64.js';
import { isWasmModule, type WasmModule } from './engine.js';
import { compileModule } from './seam.js';

let carried: string | WasmModule | null = null;
let compiled: WasmModule | null = null;

/**
 * Takes the package's own module, compiled or as base64; it is not looked at before the first call that needs it.
 * @internal
 */
export function registerModule(source: string | WasmModule): void {
  carried = source;
}

/** Whether the package carries a module that needs no compiling. */
export function carriesCompiled(): boolean {
  return isWasmModule(carried);
}

export function carriedModule(): WasmModule {
  if (compiled !== null) return compiled;
  if (carried === null) {
    throw new UnsupportedError(
      "normlayers/core carries no WebAssembly: import 'normlayers' instead, or bring the module with " +
        'setDefaultRuntime(createRuntime({ module }))',
    );
  }
  return typeof carried === 'string' ? compileModule(decodeBase64(carried)) : carried;
}

/** Keeps a carried module that an instance could be made of, so that it is compiled once. */
export function keepCompiled(module: WasmModule): void {
  compiled = module;
}
