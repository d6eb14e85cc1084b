// Which runtime a call uses that names none: that of the innermost scope, else the default, made at first need.

import { StateError } from '../errors.js';
import { checkRuntime, createRuntime, type WasmRuntime } from './runtime.js';
import type { MemoryInfo, Runtime } from './types.js';

let chosen: WasmRuntime | null = null;
let made: WasmRuntime | null = null;
let scoped: WasmRuntime | null = null;

/** The runtime in which a tensor or layer is made now. */
export function currentRuntime(): WasmRuntime {
  if (scoped !== null) {
    scoped.assertAlive();
    return scoped;
  }
  if (chosen !== null) {
    if (chosen.alive) return chosen;
    throw new StateError('the default runtime was disposed: set another with setDefaultRuntime', 'DISPOSED');
  }
  // One that was made unasked is replaced unasked: disposing it is how its memory is handed back.
  if (made === null || !made.alive) made = createRuntime() as WasmRuntime;
  return made;
}

/** Makes `runtime` the current one, or lifts that with null; returns what was there before. */
export function enterRuntime(runtime: WasmRuntime | null): WasmRuntime | null {
  const before = scoped;
  scoped = runtime;
  return before;
}

/**
 * Makes `runtime` the default for what first allocates afterwards: tensors made from now on, and layers that have
 * not been used yet. What exists stays where it is.
 */
export function setDefaultRuntime(runtime: Runtime): void {
  chosen = checkRuntime(runtime);
}

/** What the default runtime holds; zeros before its first use. */
export function memory(): MemoryInfo {
  const runtime = scoped ?? chosen ?? made;
  if (runtime === null || !runtime.alive) return { tensors: 0, bytesInUse: 0, bytesReserved: 0, bytesMax: 0 };
  return runtime.memory();
}
