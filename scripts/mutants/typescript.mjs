// Mutants of the library, by Stryker: all at once in one build, each behind a switch, so that a mutant costs what its
// tests cost (stryker-plugins.mjs runs them).

import { cpus } from 'node:os';
import { join, relative } from 'node:path';
import { build } from '../build.mjs';
import { Problem } from '../lib/problem.mjs';
import { root } from '../lib/run.mjs';
import { filesBelow } from '../lib/stamp.mjs';

const SEEN_AS = {
  Killed: 'caught',
  Timeout: 'endless',
  RuntimeError: 'caught',
  Survived: 'missed',
  NoCoverage: 'missed',
};
/** Made by the build, or types alone. */
const NOT_MUTATED = /^ts\/(embedded|wasm\.d|library|workerd)\.ts$|\/types\.ts$/;
/** Each lot begins with a run of all tests; what an interrupted lot has found is lost. */
const FEW = 8;

const options = (mutate) => ({
  mutate,
  ignorers: ['messages'],
  plugins: [join(root, 'scripts/mutants/stryker-plugins.mjs')],
  testRunner: 'bundles',
  buildCommand: `${process.execPath} scripts/mutants/bundle-tests.mjs`,
  coverageAnalysis: 'perTest',
  concurrency: cpus().length,
  // Copying these would take longer than running the mutants.
  ignorePatterns: ['.cache', '.git', '.bundles', 'target', 'bench', 'docs', 'examples', 'charts', 'crates/*/src'],
  // None: Stryker reads it by TypeScript's JavaScript API, which TypeScript 7 lacks.
  tsconfigFile: '-',
  tempDirName: join('.cache', 'stryker'),
  dryRunTimeoutMinutes: 10,
  // Loops that no longer end are noticed by their count; this is for what else may hang, on a busy machine too.
  timeoutMS: 120_000,
  disableTypeChecks: false,
  // One that says nothing: without any, Stryker warns.
  reporters: ['json'],
  jsonReporter: { fileName: '.cache/stryker/last.json' },
  logLevel: 'warn',
  fileLogLevel: 'off',
  allowConsoleColors: false,
  warnings: false,
});

const mutated = () => filesBelow('ts').filter((path) => path.endsWith('.ts') && !NOT_MUTATED.test(path));

/** The mutants of TypeScript. */
export function typescript() {
  return {
    label: 'library, in Node',
    sources: ['ts'],
    baselineInputs: [],

    /** How far they were run. */
    async extent(outcomes) {
      const files = new Set(Object.keys(outcomes).map((name) => name.slice(0, name.indexOf(':'))));
      return `${files.size} of ${mutated().length} files`;
    },

    prepare: build,

    /** Stryker runs the tests without a mutant by itself, and ends where one fails. */
    async baseline() {},

    /** Runs the files that are `isMine` and of which no mutant is known, or with `missed` those of which some was missed. */
    async *run(isMine, { known, missed, more }) {
      const names = Object.keys(known);
      const isNew = (path) => !names.some((name) => name.startsWith(`${path}:`));
      const hasMissed = (path) => names.some((name) => name.startsWith(`${path}:`) && known[name] === 'missed');
      const files = mutated().filter((path, i) => isMine(path, i) && (missed ? hasMissed(path) : isNew(path)));
      for (let i = 0; i < files.length && more(); i += FEW) yield mutate(files.slice(i, i + FEW));
    },
  };
}

/** Runs all mutants of the given files. */
async function mutate(files) {
  const { Stryker } = await import('@stryker-mutator/core');
  let results;
  try {
    results = await new Stryker(options(files)).runMutationTest();
  } catch (error) {
    throw new Problem('MUTANTS', `Stryker failed: ${error.message}`);
  }
  const outcomes = {};
  for (const { fileName, location, mutatorName, replacement, status } of results) {
    if (!(status in SEEN_AS)) continue;
    const { start, end } = location;
    const place = `${relative(root, fileName)}:${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`;
    outcomes[`${place} ${mutatorName}: ${replacement.replace(/\s+/g, ' ')}`] = SEEN_AS[status];
  }
  return outcomes;
}
