// What cargo starts test binaries by during mutation testing, so that a mutant that a quick test finds costs seconds:
// the quick tests first, the slow ones next, the hash of all bits last (any change changes it, so what it alone
// finds says little about the other tests). The first failure ends it, and so does a loop that no longer ends.

import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';

const SUITE = /^suite-/;
const BITS = ['corpus::'];
/** Measured: these take two thirds of the time. */
const SLOW = ['millions::', 'numerics::coherent_terms', 'numerics::all_data_in_long'];

const skipping = (names) => names.flatMap((name) => ['--skip', name]);

/** The passes over a binary, and the seconds of the processor that each may take: five times what it does, or more. */
function passes(binary) {
  if (!SUITE.test(basename(binary))) return [{ args: [], seconds: 20 }];
  return [
    { args: skipping([...SLOW, ...BITS]), seconds: 60 },
    { args: SLOW, seconds: 120 },
    { args: BITS, seconds: 20, only: 'bits' },
  ];
}

const [binary, ...given] = process.argv.slice(2);
for (const { args, seconds, only } of passes(binary)) {
  // Of the processor: on a busy machine, nothing that ends looks as though it did not.
  const limited = ['-c', `ulimit -t ${seconds}; exec "$0" "$@"`, binary, ...args, ...given];
  const { status, signal } = spawnSync('sh', [...limited, '-Zunstable-options', '--fail-fast'], {
    stdio: 'inherit',
    // The switch that lets a stable toolchain's test binary stop at the first failure.
    env: { ...process.env, RUSTC_BOOTSTRAP: '1' },
  });
  if (status === 0) continue;
  if (signal === 'SIGXCPU' || signal === 'SIGKILL') console.log(`mutants: no end in ${seconds} s`);
  if (only) console.log(`mutants: only ${only} fails`);
  process.exit(1);
}
