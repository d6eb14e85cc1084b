// What cargo starts test binaries by during mutation testing, so that a mutant that a quick test finds costs seconds:
// the quick tests first, the slow ones next, the hash of all bits last (any change changes it, so what it alone
// finds says little about the other tests). The first failure ends it, and so does a loop that no longer ends.

import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';

const SUITE = /^suite-/;
const BITS = 'corpus::';
/** Measured: these take two thirds of the time. */
const SLOW = ['millions::', 'numerics::coherent_terms', 'numerics::all_data_in_long'];

const skipping = (names) => names.flatMap((name) => ['--skip', name]);

/** The passes over a binary, and the seconds of the processor that each may take: five times what it does, or more. */
function passes(binary) {
  if (!SUITE.test(basename(binary))) return [{ args: [], seconds: 20 }];
  return [
    { args: skipping([...SLOW, BITS]), seconds: 60 },
    { args: SLOW, seconds: 120 },
    { args: [BITS], seconds: 20, only: 'bits' },
  ];
}

/** In WebAssembly: one name at a time, no end at the first failure, and slower. */
function passesInWasm(binary) {
  if (!SUITE.test(basename(binary))) return [{ args: [], seconds: 60 }];
  return [
    { args: skipping([...SLOW, BITS]), seconds: 120 },
    ...SLOW.map((name) => ({ args: [name], seconds: 200 })),
    { args: [BITS], seconds: 60, only: 'bits' },
  ];
}

/** Of the processor: on a busy machine, nothing that ends looks as though it did not. */
const LIMITED = 'ulimit -S -t "$0"; "$@"; status=$?; times; exit $status';

const [binary, ...given] = process.argv.slice(2);
const isWasm = binary.endsWith('.wasm');
const program = isWasm ? ['wasm-bindgen-test-runner', binary] : [binary];
const failFast = isWasm ? [] : ['-Zunstable-options', '--fail-fast'];

for (const { args, seconds, only } of isWasm ? passesInWasm(binary) : passes(binary)) {
  const { status, stdout } = spawnSync(
    'sh',
    ['-c', LIMITED, String(seconds), ...program, ...args, ...given, ...failFast],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: Number.POSITIVE_INFINITY,
      encoding: 'utf8',
      // The switch that lets a stable toolchain's test binary stop at the first failure.
      env: { ...process.env, RUSTC_BOOTSTRAP: '1' },
    },
  );
  process.stdout.write(stdout);
  if (status === 0) continue;
  // A program that the limit ends, or that crashes, ends between two tests' lines; the last line is what it took.
  const [minutes, more] = /(\d+)m([\d.]+)s \S+$/.exec(stdout.trimEnd()).slice(1).map(Number);
  const noTestFails = !/^test .* FAIL/m.test(stdout);
  if (noTestFails && 60 * minutes + more >= seconds - 1) console.log(`mutants: no end in ${seconds} s`);
  else if (noTestFails && status > 128) console.log(`mutants: a crash, signal ${status - 128}`);
  if (only && !noTestFails) console.log(`mutants: only ${only} fails`);
  process.exit(1);
}
