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

const FOLDER = '.bundles';
/** Milliseconds of each test without a mutant: of the runners, which are processes, only one has measured them. */
const TOOK = join(FOLDER, 'took.json');
const require = createRequire(import.meta.url);

/** What test files import from '@jest/globals'. */
const globals = { ...circus, expect: jestExpect };

/** Takes as long as all others together, and is about memory: run for mutants of ts/runtime/ alone. */
const LONG = 'out-of-memory.test.js';
const isAboutMemory = (file) => /[\\/]runtime[\\/]/.test(file);

const nameOf = ({ name, parent }) => (parent?.parent ? `${nameOf(parent)} ${name}` : name);

class Runner {
  static inject = ['options'];

  constructor({ mutate }) {
    this.leftOut = mutate.some(isAboutMemory) ? [] : [LONG];
  }

  /** A second of loading and compiling is saved for each mutant. */
  scripts = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  init() {
    circus.addEventHandler((event) => this.handle(event));
    this.switches = globalThis.__stryker__ ??= {};
    for (const name of readdirSync(FOLDER, { recursive: true })) {
      if (!name.endsWith('.js') || this.leftOut.includes(name)) continue;
      const source = readFileSync(join(FOLDER, name), 'utf8');
      const wrapped = `(function (require, module, exports, bundleUrl) {${source}\n})`;
      this.scripts.set(name, new Script(wrapped, { filename: resolve(FOLDER, name) }));
    }
  }

  async dryRun({ coverageAnalysis }) {
    this.switches.mutantCoverage = { static: {}, perTest: {} };
    this.follows = coverageAnalysis === 'perTest';
    const tests = [];
    for (const name of this.scripts.keys()) tests.push(...(await this.runFile(name)));
    this.follows = false;
    writeFileSync(TOOK, JSON.stringify(Object.fromEntries(tests.map(({ id, timeSpentMs }) => [id, timeSpentMs]))));
    return { status: 'complete', tests, mutantCoverage: this.switches.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, sandboxFileName }) {
    const { switches } = this;
    Object.assign(switches, { activeMutant: activeMutant.id, hitLimit, hitCount: hitLimit ? 0 : undefined });
    let nrOfTests = 0;
    try {
      for (const { name, ids } of this.chosen(testFilter)) {
        if (name === LONG && !isAboutMemory(sandboxFileName)) continue;
        const results = await this.runFile(name, ids, true);
        if (switches.hitCount > hitLimit) return { status: 'timeout', reason: 'it was passed too often' };
        nrOfTests += results.length;
        const failed = results.find(({ status }) => status === 1);
        if (failed) {
          const { id, failureMessage } = failed;
          return { status: 'killed', killedBy: [id], failureMessage, nrOfTests };
        }
      }
      return { status: 'survived', nrOfTests };
    } finally {
      switches.activeMutant = undefined;
    }
  }

  /** The files to run, each with its tests; all where a mutant is met before any test. Quick ones first. */
  chosen(filter) {
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

  /** The tests of a file (those of `ids`, if given) with fresh state; with `bail`, up to the first that fails. */
  async runFile(name, ids, bail = false) {
    circus.resetState();
    Object.assign(this, { file: name, ids, bail, failed: false, results: [] });
    const module = { exports: {} };
    const give = (specifier) => (specifier === '@jest/globals' ? globals : require(specifier));
    try {
      const url = pathToFileURL(resolve('tests', name)).href;
      this.scripts.get(name).runInThisContext()(give, module, module.exports, url);
    } catch (error) {
      return [this.resultOf({ id: `${name} (loading)`, duration: 0 }, error)];
    }
    if (ids) this.skip(circus.getState().rootDescribeBlock);
    const { unhandledErrors } = await circus.run();
    if (unhandledErrors.length > 0)
      this.results.push(this.resultOf({ id: `${name} (running)`, duration: 0 }, unhandledErrors[0]));
    return this.results;
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

  resultOf({ id, duration }, error) {
    const base = {
      id,
      name: id,
      timeSpentMs: duration ?? 0,
      fileName: resolve('tests', this.file.replace(/\.js$/, '.ts')),
    };
    // Stryker's numbers: 0 is passed, 1 is failed.
    return error === undefined ? { ...base, status: 0 } : { ...base, status: 1, failureMessage: String(error) };
  }

  handle({ name, test }) {
    if (name === 'test_start') {
      if (this.bail && this.failed) test.mode = 'skip';
      if (this.follows) this.switches.currentTestId = this.idOf(test);
    } else if (name === 'test_done') {
      this.switches.currentTestId = undefined;
      const [error] = test.errors;
      this.failed ||= error !== undefined;
      this.results.push(this.resultOf({ id: this.idOf(test), duration: test.duration }, error?.[0] ?? error));
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
