// Miri, the interpreter that sees every access outside an allocation and every broken promise of a pointer. It comes with
// the nightly toolchain alone, so it is installed when it is first asked for.

import { work } from '../setup.mjs';
import { ask } from './run.mjs';

// It takes a thousand times as long as the processor: the loops, the boundary, and every kernel at small sizes. Those
// know that they run under it (`cfg!(miri)`) and make every slice an allocation of its own.
const TESTS = ['simd::', 'boundary::', 'edges::'];

/** What runs it. A folder of its own: its builds and the usual ones would replace each other. */
export const miri = [
  'cargo',
  ['+nightly', 'miri', 'test', '-p', 'normlayers', '--target-dir=target/miri', '--lib', '--test=suite', '--', ...TESTS],
];

/** Installs what is missing. */
export async function prepareMiri() {
  if (ask('cargo', ['+nightly', 'miri', '--version']) !== null) return;
  const cure = 'Run "rustup toolchain install nightly --component miri,rust-src", then the command again.';
  const args = 'toolchain install nightly --profile minimal --component miri,rust-src --no-self-update';
  await work('Miri, with nightly Rust', 'about a minute', 'rustup', args.split(' '), { code: 'NO_MIRI', cure });
}
