// One corpus, one hash: every runtime that there is gives the bits of native Rust. It prints a table; a runtime that is
// not here is told as not run, and counts neither as passed nor as failed.
//
//   npm run test:runtimes                  all; the first time, runtimes of 900 MB are installed into .cache/
//   npm run test:runtimes -- Node Firefox  those whose names begin so

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleCorpus } from '../tests/corpus/bundle.mjs';
import { main, Problem } from './lib/problem.mjs';
import { root, run } from './lib/run.mjs';
import { runtimes } from './lib/runtimes.mjs';
import { dim, duration, green, red, say } from './lib/terminal.mjs';

const EXPECTED = /^hash (.+)$/m.exec(readFileSync(join(root, 'tests/corpus/corpus.txt'), 'utf8'))[1];

/** The kernels' test of the corpus prints what the programs answer. */
const native = {
  name: 'Rust',
  async open() {
    return {
      version: 'native',
      async evaluate() {
        const words = [
          'test',
          '-p',
          'normlayers',
          '--test',
          'suite',
          'corpus',
          '--',
          '--exact',
          '--nocapture',
          'corpus::corpus',
        ];
        const { output } = await run('cargo', words);
        const hash = /^hash of \d+ cases: (.+)$/m.exec(output)?.[1];
        if (hash === undefined) throw new Error(output.trim().split('\n').slice(-5).join('\n'));
        return {
          hash,
          cases: Object.fromEntries([...output.matchAll(/^(.+, data \d+): (.+)$/gm)].map(([, c, h]) => [c, h])),
        };
      },
      async close() {},
    };
  },
};

function line(name, version, hash, ms, remark) {
  say(`  ${name.padEnd(10)}${version.padEnd(16)}${hash.padEnd(18)}${dim(duration(ms).padStart(8))}  ${remark}`);
}

/** Runs the corpus in one place, says how that went, and returns what it answered, or why there is no answer. */
async function row({ name, open }, file) {
  const start = performance.now();
  let opened;
  try {
    opened = await open();
    const answer = await opened.evaluate(file);
    const right = answer.hash === EXPECTED;
    line(
      name,
      opened.version,
      answer.hash,
      performance.now() - start,
      right ? green('the same bits') : red('other bits'),
    );
    return { name, answer, outcome: right ? 'passed' : 'failed' };
  } catch (error) {
    const missing = error instanceof Problem && error.code === 'ABSENT';
    const remark = missing ? `not run: ${error.message}` : red(error.message);
    line(name, opened?.version ?? '–', '–', performance.now() - start, remark);
    return { name, outcome: missing ? 'not run' : 'failed' };
  } finally {
    await opened?.close();
  }
}

/** Which cases differ from those of the first that is right, or else from those of the first at all. */
function sayDifferences(rows) {
  const answered = rows.filter(({ answer }) => answer);
  const reference = answered.find(({ outcome }) => outcome === 'passed') ?? answered[0];
  for (const { name, answer, outcome } of answered) {
    if (outcome === 'passed' || answer === reference.answer) continue;
    const differing = Object.keys(reference.answer.cases).filter((c) => answer.cases[c] !== reference.answer.cases[c]);
    say(`\n  ${name} differs from ${reference.name} in ${differing.length} cases:`);
    for (const c of differing.slice(0, 10)) say(`    ${c}`);
  }
}

await main(import.meta.url, async () => {
  const wanted = process.argv.slice(2);
  const chosen = [native, ...runtimes].filter(
    ({ name }) => wanted.length === 0 || wanted.some((word) => name.toLowerCase().startsWith(word.toLowerCase())),
  );
  if (chosen.length === 0) throw new Problem('ARGUMENTS', `No runtime's name begins with ${wanted.join(' or ')}.`);
  const file = await bundleCorpus();
  const rows = [];
  for (const runtime of chosen) rows.push(await row(runtime, file));
  sayDifferences(rows);
  const count = (outcome) => rows.filter((one) => one.outcome === outcome).length;
  say(`\n  ${count('passed')} passed, ${count('failed')} failed, ${count('not run')} not run; expected ${EXPECTED}`);
  return count('failed') === 0 && count('passed') > 0 ? 0 : 1;
});
