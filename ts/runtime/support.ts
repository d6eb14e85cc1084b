// Tells whether the library can run in this place, without throwing.

import { carriesCompiled } from './module.js';
import { probeSimd, requireEngine } from './seam.js';

/**
 * Whether the library can run here: WebAssembly with SIMD, and leave to compile it. Costs a few microseconds.
 *
 * @example
 * if (!isSupported()) showPlainVersion();
 */
export function isSupported(): boolean {
  // A module that is compiled already is proof enough; workerd has one, and refuses to compile a probe.
  if (carriesCompiled()) return true;
  try {
    probeSimd(requireEngine());
    return true;
  } catch {
    return false;
  }
}
