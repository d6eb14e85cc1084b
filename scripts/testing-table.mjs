// Writes the measured parts of docs/testing.md: the tests of each promise, from what the last `npm test` or
// `npm run test:full` left in .cache/, and the mutants from what `npm run mutants` has recorded. Writes nothing while a
// promise names what is not there, or a test is named by no promise.

import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { table } from '../bench/report/markdown.mjs';
import { fill } from './lib/fill.mjs';
import { main, Problem } from './lib/problem.mjs';
import { cache, root } from './lib/run.mjs';
import { mutantsTable } from './mutants.mjs';
import { PROMISES } from './testing/promises.mjs';
import { STEPS } from './testing/steps.mjs';

/** Passed tests by test file, without folder and ending: `errors/shapes`. */
function jestCounts() {
  const file = join(cache, 'jest.json');
  if (!existsSync(file)) throw new Problem('NO_REPORT', 'jest has left no report.', 'Run "npm test" first.');
  const counts = new Map();
  for (const { name, assertionResults } of JSON.parse(readFileSync(file, 'utf8')).testResults) {
    const passed = assertionResults.filter(({ status }) => status === 'passed').length;
    counts.set(
      relative(join(root, 'tests'), name)
        .replaceAll('\\', '/')
        .replace(/\.test\.ts$/, ''),
      passed,
    );
  }
  return counts;
}

/** Passed tests by name, of a step of cargo's. */
function cargoTests(step) {
  const file = join(cache, 'logs', `${step}.log`);
  if (!existsSync(file)) throw new Problem('NO_LOG', `The step ${step} has left no log.`, `Run "npm test -- ${step}".`);
  return [...readFileSync(file, 'utf8').matchAll(/^test (?:suite::)?(\S+)(?: - should panic)? \.\.\. ok/gm)].map(
    ([, name]) => name,
  );
}

const isOf = (place) => (name) => name === place || name.startsWith(`${place}/`) || name.startsWith(`${place}::`);

/** The tests of one kind that promises name, by the names of all; `problems` gets the places that name none. */
function reader(names, problems) {
  const named = new Set();
  return {
    of(promise, places) {
      const found = new Set();
      for (const place of places) {
        const here = names.filter(isOf(place));
        if (here.length === 0) problems.push(`no such test: "${place}", of "${promise}"`);
        for (const name of here) found.add(name);
      }
      for (const name of found) named.add(name);
      return [...found];
    },
    unnamed: () => names.filter((name) => !named.has(name)),
  };
}

/** The table, and what is wrong with the list of promises. */
function promisesTable(promises, jestTests, rustTests) {
  const problems = [];
  const jest = reader([...jestTests.keys()], problems);
  const rust = reader(rustTests, problems);
  const known = new Set(STEPS.map(({ name }) => name));
  const sum = { jest: 0, rust: 0 };
  const rows = promises.map(({ promise, jest: files = [], rust: modules = [], steps = [] }) => {
    const inJest = jest.of(promise, files).reduce((count, name) => count + jestTests.get(name), 0);
    const inRust = rust.of(promise, modules).length;
    if (inJest + inRust === 0) problems.push(`no test: "${promise}"`);
    for (const name of steps) if (!known.has(name)) problems.push(`no such step: "${name}", of "${promise}"`);
    sum.jest += inJest;
    sum.rust += inRust;
    const places = [...files.map((name) => `tests/${name}`), ...modules, ...steps.map((name) => `step ${name}`)];
    return [promise, places.map((place) => `\`${place}\``).join(', '), inJest || '', inRust || ''];
  });
  problems.push(...jest.unnamed().map((name) => `no promise: tests/${name}.test.ts`));
  const modules = new Set(rust.unnamed().map((name) => name.split('::').slice(0, -1).join('::') || name));
  problems.push(...[...modules].map((name) => `no promise: ${name} (Rust)`));
  return { text: table(['', 'held by', 'jest', 'Rust'], [...rows, ['All', 'together', sum.jest, sum.rust]]), problems };
}

await main(import.meta.url, async () => {
  const { text, problems } = promisesTable(PROMISES, jestCounts(), cargoTests('native'));
  if (problems.length > 0) throw new Problem('PROMISES', problems.join('\n  '), 'See scripts/testing/promises.mjs.');
  const mutants = mutantsTable();
  fill('docs/testing.md', { promises: text, ...(mutants && { mutants }) });
});
