// What Stryker needs of us: a runner that takes a fraction of a second per mutant, and what not to mutate.
//
// The runner is jest's own `describe`, `test` and `expect`, without what makes jest slow here: a process, a context and
// a transformation for each test file. A test file and the library, which holds all mutants at once behind switches,
// are one script (bundle-tests.mjs), compiled once and run anew, with fresh state, for each mutant.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { jestExpect } from '@jest/expect';
import * as circus from 'jest-circus';
import { CHOSEN, nameOf as nameOfMutant, SET_UP } from './stryker-names.mjs';

const FOLDER = '.bundles';
/** Milliseconds of each test without a mutant: of the runners, which are processes, only one has measured them. */
const TOOK = join(FOLDER, 'took.json');
const require = createRequire(import.meta.url);

/** What test files import from '@jest/globals'. */
const globals = { ...circus, expect: jestExpect };

/** Takes as long as all others together: run for mutants of ts/runtime/ alone. */
const LONG = 'out-of-memory.test.js';
const ofLong = (file) => /[\\/]runtime[\\/]/.test(file);
/** Waits for the collector, which a process of many runs keeps busy: run for mutants of what it is about. */
const COLLECTED = 'finaliser.test.js';
const ofCollected = (file) => /[\\/](finaliser|storage|tensor|holding|saved|scope)\.ts$/.test(file);

/** Milliseconds: other programs may hold this one up for a while, and a test that is late has not failed. */
const PATIENCE = 100_000;
/** So begins what circus says of a test that took longer. */
const LATE = 'Exceeded timeout of';

const nameOf = ({ name, parent }) => (parent?.parent ? `${nameOf(parent)} ${name}` : name);

class Runner {
  static inject = [];

  /** A second of loading and compiling is saved for each mutant. */
  scripts = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  init() {
    circus.addEventHandler((event) => this.handle(event));
    this.switches = globalThis.__stryker__ ??= {};
    this.chosen = new Set(JSON.parse(readFileSync(CHOSEN, 'utf8')));
    for (const name of readdirSync(FOLDER, { recursive: true })) {
      if (!name.endsWith('.js')) continue;
      const source = readFileSync(join(FOLDER, name), 'utf8');
      const wrapped = `(function (require, module, exports, bundleUrl) {${source}\n})`;
      this.scripts.set(name, new Script(wrapped, { filename: resolve(FOLDER, name) }));
    }
  }

  async dryRun({ coverageAnalysis }) {
    this.switches.mutantCoverage = { static: {}, perTest: {} };
    this.follows = coverageAnalysis === 'perTest';
    const tests = [];
    for (const name of this.scripts.keys()) {
      const { results, trouble } = await this.runFile(name);
      if (trouble) return { status: 'error', errorMessage: trouble };
      tests.push(...results);
    }
    this.follows = false;
    writeFileSync(TOOK, JSON.stringify(Object.fromEntries(tests.map(({ id, timeSpentMs }) => [id, timeSpentMs]))));
    return { status: 'complete', tests, mutantCoverage: this.switches.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, sandboxFileName }) {
    if (!this.isChosen(activeMutant)) return { status: 'error', errorMessage: 'not chosen' };
    const { switches } = this;
    Object.assign(switches, { activeMutant: activeMutant.id, hitLimit, hitCount: hitLimit ? 0 : undefined });
    let nrOfTests = 0;
    let setUp;
    try {
      for (const { name, ids } of this.filesOf(testFilter)) {
        if (name === LONG && !ofLong(sandboxFileName)) continue;
        if (name === COLLECTED && !ofCollected(sandboxFileName)) continue;
        const { results, trouble } = await this.runFile(name, ids, true);
        if (switches.hitCount > hitLimit) return { status: 'timeout', reason: 'it was passed too often' };
        nrOfTests += results.length;
        const failed = results.find(({ status }) => status === 1);
        if (failed) {
          const { id, failureMessage } = failed;
          if (failureMessage.includes(LATE)) return { status: 'timeout', reason: failureMessage };
          if (await this.isBecauseOf(activeMutant, name, new Set(results.map((each) => each.id)))) {
            return { status: 'killed', killedBy: [id], failureMessage, nrOfTests };
          }
        }
        // That tests could not run says nothing of them: others may notice.
        setUp ??= trouble;
      }
      return setUp ? { status: 'error', errorMessage: SET_UP + setUp } : { status: 'survived', nrOfTests };
    } finally {
      switches.activeMutant = undefined;
    }
  }

  /** Whether these tests fail again with the mutant, and pass without it: not what is late or collected by chance. */
  async isBecauseOf(mutant, name, ids) {
    const { switches } = this;
    const fails = async () => {
      const { results, trouble } = await this.runFile(name, ids, true);
      return trouble !== undefined || results.some(({ status }) => status === 1);
    };
    if (!(await fails())) return false;
    const { hitLimit } = switches;
    Object.assign(switches, { activeMutant: undefined, hitLimit: undefined });
    const failsWithout = await fails();
    Object.assign(switches, { activeMutant: mutant.id, hitLimit, hitCount: hitLimit && 0 });
    return !failsWithout;
  }

  /** Here Stryker counts lines and columns from 0. */
  isChosen({ location: { start, end }, ...mutant }) {
    const from1 = ({ line, column }) => ({ line: line + 1, column: column + 1 });
    return this.chosen.has(nameOfMutant({ ...mutant, location: { start: from1(start), end: from1(end) } }));
  }

  /** The files to run, each with its tests; all where a mutant is met before any test. Quick ones first. */
  filesOf(filter) {
    this.took ??= JSON.parse(readFileSync(TOOK, 'utf8'));
    const files = new Map();
    for (const id of filter ?? Object.keys(this.took)) {
      const name = id.slice(0, id.indexOf(' '));
      if (!files.has(name)) files.set(name, { name, ids: filter && new Set(), ms: 0 });
      const file = files.get(name);
      file.ids?.add(id);
      file.ms += this.took[id] ?? 0;
    }
    return [...files.values()].sort((a, b) => a.ms - b.ms);
  }

  /**
   * The `results` of a file's tests (those of `ids`, if given) with fresh state; with `bail`, up to the first that fails;
   * and the `trouble` there was beside them, in hooks or before any test.
   */
  async runFile(name, ids, bail = false) {
    circus.resetState();
    circus.getState().testTimeout = PATIENCE;
    Object.assign(this, { file: name, ids, bail, failed: false, results: [], trouble: undefined });
    const module = { exports: {} };
    const give = (specifier) => (specifier === '@jest/globals' ? globals : require(specifier));
    try {
      const url = pathToFileURL(resolve('tests', name)).href;
      this.scripts.get(name).runInThisContext()(give, module, module.exports, url);
    } catch (error) {
      return { results: [], trouble: `${name} does not load: ${error}` };
    }
    if (ids) this.skip(circus.getState().rootDescribeBlock);
    const { unhandledErrors } = await circus.run();
    if (unhandledErrors.length > 0) this.trouble ??= `${name}: ${unhandledErrors[0]}`;
    return { results: this.results, trouble: this.trouble };
  }

  skip({ children }) {
    for (const child of children) {
      if (child.type === 'describeBlock') this.skip(child);
      else if (!this.ids.has(this.idOf(child))) child.mode = 'skip';
    }
  }

  idOf(test) {
    return `${this.file} ${nameOf(test)}`;
  }

  resultOf(test, error) {
    const id = this.idOf(test);
    const fileName = resolve('tests', this.file.replace(/\.js$/, '.ts'));
    const base = { id, name: id, timeSpentMs: test.duration ?? 0, fileName };
    // Stryker's numbers: 0 is passed, 1 is failed.
    return error === undefined ? { ...base, status: 0 } : { ...base, status: 1, failureMessage: String(error) };
  }

  handle({ name, test, error }) {
    if (name === 'test_start') {
      this.failure = undefined;
      if (this.bail && this.failed) test.mode = 'skip';
      if (this.follows) this.switches.currentTestId = this.idOf(test);
    } else if (name === 'test_fn_failure') {
      this.failed = true;
      this.failure = error ?? 'nothing was thrown';
    } else if (name === 'test_done') {
      this.switches.currentTestId = undefined;
      if (this.failure === undefined && test.errors.length > 0) {
        this.trouble ??= `beside ${this.idOf(test)}: ${[test.errors[0]].flat()[0]}`;
      }
      this.results.push(this.resultOf(test, this.failure));
    }
  }
}

const MAKES_ERRORS = /(^|[a-z])Error$/;

/** Words are for people: that an error has the right ones, tests say where it matters. */
const messages = {
  shouldIgnore({ key, listKey, parent }) {
    const isCall = parent?.type === 'CallExpression' || parent?.type === 'NewExpression';
    if (isCall && listKey === 'arguments' && key === 0 && MAKES_ERRORS.test(parent.callee.name ?? ''))
      return 'a message';
  },
};

export const strykerPlugins = [
  { kind: 'TestRunner', name: 'bundles', injectableClass: Runner },
  { kind: 'Ignore', name: 'messages', value: messages },
];
