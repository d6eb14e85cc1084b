// Which compiled module runtimes are made from: the one the package carries, compiled once.

import { registeredModule } from '../carried.js';
import { UnsupportedError } from '../errors.js';
import { isWasmModule, type WasmModule } from './engine.js';
import { compileModule } from './seam.js';
import { unpack } from './unpack.js';

let compiled: WasmModule | null = null;

/** Whether the package carries a module that needs no compiling. */
export function carriesCompiled(): boolean {
  return isWasmModule(registeredModule());
}

export function carriedModule(): WasmModule {
  if (compiled !== null) return compiled;
  const carried = registeredModule();
  if (carried === null) {
    throw new UnsupportedError(
      "normlayers/core carries no WebAssembly: import 'normlayers' instead, or bring the module with " +
        'setDefaultRuntime(createRuntime({ module }))',
    );
  }
  return typeof carried === 'string' ? compileModule(unpack(carried)) : carried;
}

/** Keeps a carried module that an instance could be made of, so that it is compiled once. */
export function keepCompiled(module: WasmModule): void {
  compiled = module;
}
