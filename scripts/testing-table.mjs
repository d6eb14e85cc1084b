// Writes the measured parts of docs/testing.md: the tests of each promise, from what the last `npm test` or
// `npm run test:full` left in .cache/, and the mutants from what `npm run mutants` has recorded.

import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { table } from '../bench/report/markdown.mjs';
import { fill } from './lib/fill.mjs';
import { main, Problem } from './lib/problem.mjs';
import { cache, root } from './lib/run.mjs';
import { red, say } from './lib/terminal.mjs';
import { mutantsTable } from './mutants.mjs';
import { PROMISES } from './testing/promises.mjs';

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

function promisesTable() {
  const jest = jestCounts();
  const native = cargoTests('native');
  const problems = [];
  const named = new Set();
  const sum = { jest: 0, rust: 0 };
  const rows = PROMISES.flatMap(({ promise, jest: files = [], rust: modules = [], steps = [] }) => {
    const places = [];
    const counts = { jest: 0, rust: 0 };
    for (const place of files) {
      const found = [...jest.keys()].filter(isOf(place));
      if (found.length > 0) places.push(`tests/${place}`);
      for (const name of found) {
        named.add(name);
        counts.jest += jest.get(name);
      }
    }
    for (const place of modules) {
      const found = native.filter(isOf(place));
      if (found.length > 0) places.push(place);
      counts.rust += found.length;
    }
    if (places.length === 0) {
      problems.push(`no test: ${promise}`);
      return [];
    }
    sum.jest += counts.jest;
    sum.rust += counts.rust;
    const where = [...places, ...steps.map((name) => `step ${name}`)].map((place) => `\`${place}\``).join(', ');
    return [[promise, where, counts.jest || '', counts.rust || '']];
  });
  for (const name of jest.keys()) if (!named.has(name)) problems.push(`no promise: tests/${name}.test.ts`);
  return { text: table(['', 'held by', 'jest', 'Rust'], [...rows, ['All', 'together', sum.jest, sum.rust]]), problems };
}

await main(import.meta.url, async () => {
  const { text, problems } = promisesTable();
  const parts = { promises: text };
  const mutants = await mutantsTable();
  if (mutants !== null) parts.mutants = mutants;
  fill('docs/testing.md', parts);
  for (const problem of problems) say(red(`  ${problem}`));
  return problems.length > 0 ? 1 : 0;
});
