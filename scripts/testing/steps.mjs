// The steps of the test command: what each runs, how its tests are counted, and what it needs before.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { miri, prepareMiri } from '../lib/miri.mjs';
import { cache, root } from '../lib/run.mjs';

const WASM32 = ['--target', 'wasm32-unknown-unknown'];
const JEST_REPORT = join(cache, 'jest.json');

const bin = (path) => join(root, 'node_modules', path);

/** A check by a program of node_modules. */
const node = (path, ...args) => [process.execPath, [bin(path), ...args]];

export const STEPS = [
  {
    name: 'fmt',
    label: 'cargo fmt',
    commands: [['cargo', ['fmt', '--all', '--check', '--', '--color=never']]],
  },
  {
    name: 'clippy',
    label: 'clippy, native and wasm32',
    commands: [
      ['cargo', ['clippy', '-p', 'normlayers', '--all-targets', '--', '-D', 'warnings']],
      ['cargo', ['clippy', '-p', 'normlayers', '--all-targets', ...WASM32, '--', '-D', 'warnings']],
      ['cargo', ['clippy', '-p', 'normlayers-wasm', ...WASM32, '--', '-D', 'warnings']],
    ],
  },
  {
    name: 'native',
    label: 'cargo test, native',
    patience: 'up to two minutes',
    commands: [['cargo', ['test', '-p', 'normlayers']]],
    count: countCargo,
  },
  {
    name: 'wasm',
    label: 'cargo test, wasm32 with SIMD',
    patience: 'up to two minutes',
    commands: [['cargo', ['test', '-p', 'normlayers', '--lib', '--tests', ...WASM32]]],
    count: countCargo,
  },
  { name: 'build', label: 'build' },
  {
    name: 'types',
    label: 'tsc, library and its uses',
    needsBuild: true,
    commands: [node('typescript/bin/tsc', '-p', 'ts'), node('typescript/bin/tsc', '-p', '.')],
  },
  {
    name: 'biome',
    label: 'biome',
    commands: [node('@biomejs/biome/bin/biome', 'check', '--error-on-warnings')],
  },
  {
    name: 'jest',
    label: 'jest, the built package',
    patience: 'up to two minutes',
    needsBuild: true,
    commands: [
      [
        process.execPath,
        [
          '--experimental-vm-modules',
          '--no-warnings',
          bin('jest/bin/jest.js'),
          '--json',
          `--outputFile=${JEST_REPORT}`,
        ],
      ],
    ],
    report: JEST_REPORT,
    count: countJest,
  },
  {
    name: 'runtimes',
    label: 'one corpus in every runtime',
    patience: 'the first time, 900 MB are installed',
    needsBuild: true,
    onRequest: true,
    commands: [[process.execPath, [join(root, 'scripts/runtimes.mjs')]]],
    count: countRuntimes,
    shows: true,
  },
  {
    name: 'miri',
    label: 'Miri, the unsafe code',
    patience: 'about six minutes',
    onRequest: true,
    prepare: prepareMiri,
    commands: [miri],
    count: countCargo,
  },
];

/** Sums of the lines that cargo test and wasm-bindgen-test-runner print for each test binary. */
function countCargo(output) {
  const counts = { passed: 0, failed: 0 };
  for (const [, passed, failed] of output.matchAll(/^test result: .*?(\d+) passed; (\d+) failed/gm)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
  }
  return counts;
}

/** Jest's own report; a test file that could not run counts as one failure. */
function countJest() {
  const report = JSON.parse(readFileSync(JEST_REPORT, 'utf8'));
  return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites };
}

/** The last line of scripts/runtimes.mjs. */
function countRuntimes(output) {
  const [, passed, failed] = /(\d+) passed, (\d+) failed, \d+ not run/.exec(output);
  return { passed: Number(passed), failed: Number(failed) };
}
