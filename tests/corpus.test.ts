// The corpus by the public API has the hash of native Rust, whichever of the engine's compilers made the machine code:
// the baseline one that starts, the optimising one, or one and then the other, as in an ordinary process.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';

const node = (...args: string[]) => spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 24 });
const expected = /^hash (.+)$/m.exec(readFileSync('tests/corpus/corpus.txt', 'utf8'))?.[1];

let program = '';

beforeAll(() => {
  const { stdout, stderr } = node('tests/corpus/bundle.mjs');
  expect(stderr).toBe('');
  program = stdout;
});

test.each([['both compilers'], ['the baseline compiler', '--liftoff-only'], ['the optimising one', '--no-liftoff']])(
  'the corpus by %s has the hash of native Rust',
  (_, ...flags) => {
    const { stdout, stderr } = node(...flags, 'scripts/lib/show.mjs', pathToFileURL(program).href);
    expect(stderr).toBe('');
    const { hash, cases } = JSON.parse(stdout);
    expect(Object.keys(cases).length).toBeGreaterThan(1000);
    expect(hash).toBe(expected);
  },
  60_000,
);
