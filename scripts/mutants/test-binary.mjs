// What cargo starts test binaries by during mutation testing, so that a mutant that a quick test finds costs seconds:
// the quick tests first, the slow ones next, the hash of all bits last (`bits`: any change changes it, so what it alone
// finds says little about the other tests). The first failure ends it, and so does a loop that no longer ends.

import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';

const SUITE = /^suite-/;
const BITS = ['bits::', 'corpus::'];
/** Measured: these take two thirds of the time. */
const SLOW = ['millions::', 'numerics::coherent_terms', 'numerics::all_data_in_long'];

const skipping = (names) => names.flatMap((name) => ['--skip', name]);

/** The passes over a binary, and the seconds that each may take: ten times what it does on a busy machine. */
function passes(binary) {
  if (!SUITE.test(basename(binary))) return [{ args: [], seconds: 20 }];
  return [
    { args: skipping([...SLOW, ...BITS]), seconds: 60 },
    { args: SLOW, seconds: 200 },
    { args: BITS, seconds: 20, only: 'bits' },
  ];
}

const [binary, ...given] = process.argv.slice(2);
for (const { args, seconds, only } of passes(binary)) {
  const { status, error } = spawnSync(binary, [...args, ...given, '-Zunstable-options', '--fail-fast'], {
    stdio: 'inherit',
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
    // The switch that lets a stable toolchain's test binary stop at the first failure.
    env: { ...process.env, RUSTC_BOOTSTRAP: '1' },
  });
  if (status === 0) continue;
  if (error?.code === 'ETIMEDOUT') console.log(`mutants: no end in ${seconds} s`);
  if (only) console.log(`mutants: only ${only} fails`);
  process.exit(1);
}
