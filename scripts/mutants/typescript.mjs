// Mutants of the library, by Stryker: all at once in one build, each behind a switch, so that a mutant costs what its
// tests cost (stryker-plugins.mjs runs them).

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from '../build.mjs';
import { Problem } from '../lib/problem.mjs';
import { root } from '../lib/run.mjs';
import { filesBelow } from '../lib/stamp.mjs';
import { CHOSEN, nameOf, SET_UP } from './stryker-names.mjs';

const SEEN_AS = {
  Killed: 'caught',
  Timeout: 'endless',
  Survived: 'missed',
  NoCoverage: 'missed',
  CompileError: 'unviable',
};
/** Made by the build, or types alone. */
const NOT_MUTATED = /^ts\/(embedded|wasm\.d|library|workerd)\.ts$|\/types\.ts$/;
/** An error outside of every test, such as in a finaliser; Stryker has tried it twice, the second time in a new process. */
const CRASH = /exited unexpectedly with exit code 1 /;
/** Each lot begins with a run of all tests; what an interrupted lot has found is lost. */
const LOT = 200;

const options = (jobs) => ({
  mutate: mutated(),
  ignorers: ['messages'],
  plugins: [join(root, 'scripts/mutants/stryker-plugins.mjs')],
  testRunner: 'bundles',
  buildCommand: `${process.execPath} scripts/mutants/bundle-tests.mjs`,
  coverageAnalysis: 'perTest',
  concurrency: jobs,
  // In a process that has run for long, tests of the collector fail without a mutant, too. Counted are all mutants, those
  // that are not chosen among them.
  maxTestRunnerReuse: 100,
  // Copying these would take longer than running the mutants.
  ignorePatterns: ['.cache', '.git', '.bundles', 'target', 'bench', 'docs', 'examples', 'charts', 'crates/*/src'],
  // None: Stryker reads it by TypeScript's JavaScript API, which TypeScript 7 lacks.
  tsconfigFile: '-',
  tempDirName: join('.cache', 'stryker'),
  cleanTempDir: 'always',
  dryRunTimeoutMinutes: 10,
  // Loops that no longer end are noticed by their count; this is for what else may hang, on a busy machine too.
  timeoutMS: 120_000,
  disableTypeChecks: false,
  // One that says nothing: without any, Stryker warns.
  reporters: ['json'],
  jsonReporter: { fileName: '.cache/stryker/last.json' },
  logLevel: 'error',
  fileLogLevel: 'off',
  allowConsoleColors: false,
  warnings: false,
});

const RUNNER = ['scripts/mutants/bundle-tests.mjs', 'scripts/mutants/stryker-plugins.mjs'];

const mutated = () => filesBelow('ts').filter((path) => path.endsWith('.ts') && !NOT_MUTATED.test(path));

const isTest = (path) => path.endsWith('.test.ts');

/** The mutants of TypeScript. */
export function typescript() {
  return {
    label: 'library, in Node',
    sources: ['ts'],
    tests: ['tests', ...RUNNER],
    /** A test begins with its file; what that imports is not followed: all that tests share is behind each. */
    testsBehind: (by) => [
      `tests/${by.slice(0, by.indexOf(' ')).replace(/\.js$/, '.ts')}`,
      ...filesBelow('tests').filter((path) => !isTest(path)),
    ],
    baselineInputs: [],
    lot: LOT,

    prepare: build,

    /** Stryker runs the tests without a mutant by itself, and ends where one fails. */
    async baseline() {},

    /** The names of all mutants: of a run in which none is chosen. */
    async list() {
      return (await mutate([], 1)).filter(({ status }) => status !== 'Ignored').map(nameOf);
    },

    /** Runs the mutants of these names: `outcomes` by name, and in `unknown` what is none. */
    async run(names, { jobs }) {
      const seen = { outcomes: {}, unknown: [] };
      const chosen = new Set(names);
      for (const mutant of await mutate(names, jobs)) {
        const name = nameOf(mutant);
        if (!chosen.has(name)) continue;
        const outcome = outcomeOf(mutant);
        if (outcome) seen.outcomes[name] = { outcome, by: mutant.killedBy?.[0] };
        else seen.unknown.push(`${name}: ${mutant.status} ${mutant.statusReason}`);
      }
      return seen;
    },
  };
}

/** What became of a mutant; undefined where Stryker or its runner failed. */
function outcomeOf({ status, statusReason = '' }) {
  if (status !== 'RuntimeError') return SEEN_AS[status];
  if (statusReason.startsWith(SET_UP)) return 'set-up';
  return CRASH.test(statusReason) ? 'crashed' : undefined;
}

/** What Stryker says of all mutants when it runs those of the given names. */
async function mutate(names, jobs) {
  const { Stryker } = await import('@stryker-mutator/core');
  mkdirSync(dirname(CHOSEN), { recursive: true });
  writeFileSync(CHOSEN, JSON.stringify(names));
  try {
    return await new Stryker(options(jobs)).runMutationTest();
  } catch (error) {
    throw new Problem('MUTANTS', `Stryker failed: ${error.message}`);
  }
}
