// The measurement of starting: in processes of its own, every result checked, and the document shows what was measured.
// Never the times themselves.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { startUpTables } from '../bench/report/start-up-tables.mjs';
import { type Figures, FULL, QUICK, summary } from '../bench/start-up.mjs';
import { committed, expectWithinBounds, json, part, run } from './support/bench.ts';

interface Timed {
  milliseconds: number;
  times: number[];
}
interface Run {
  firstResult: Figures & { total: Timed; import: Timed; call: Timed };
  firstLargeCall: Figures & { first: Timed; later: Timed; ratio: number };
}

function expectComplete({ firstResult, firstLargeCall }: Run, processes: number) {
  for (const { status, error } of [firstResult, firstLargeCall]) {
    expect(status).toBe('timed');
    expectWithinBounds({ y: error! });
  }
  const { total, import: imported, call } = firstResult;
  for (const { times } of [total, imported, call]) expect(times).toHaveLength(processes);
  // Results are rounded to five digits.
  for (const [i, time] of total.times.entries()) {
    expect((imported.times[i]! + call.times[i]!) / time).toBeCloseTo(1, 3);
  }
  const { first, later, ratio } = firstLargeCall;
  for (const { times } of [first, later]) expect(times).toHaveLength(processes);
  expect(ratio / (first.milliseconds / later.milliseconds)).toBeCloseTo(1, 3);
}

const out = mkdtempSync(join(tmpdir(), 'normlayers-start-up-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('npm run bench -- --start-up --quick gives both figures', () => {
  const job = run('scripts/bench.mjs', '--start-up', '--quick', '--out', out);
  expect(job.stderr).toBe('');
  expect(job.status).toBe(0);
  expectComplete(json(join(out, `start-up-node-${process.versions.node}.json`)), QUICK);
}, 120_000);

describe('a figure is shown only when every process gave the right result', () => {
  const right = { times: { total: 1 }, error: 2 };

  test.each([
    ['an error beyond its bound', { times: { total: 1 }, error: 4.1 }, 'wrong'],
    ['a result that is not finite', { times: { total: 1 }, error: null }, 'wrong'],
    ['a process that failed', { failed: 'no such luck' }, 'failed'],
  ])('%s', (_, answer, status) => {
    expect(summary([right, right]).status).toBe('timed');
    const figures = summary([right, answer]);
    expect(figures.status).toBe(status);
    expect(figures).not.toHaveProperty('total');
  });

  test('a result is compared with the oracle, all of it', () => {
    const program = (y: string) => `
      const { answer } = await import('./bench/start-up/answer.mjs');
      const x = new Float32Array([1, 3]);
      answer({ total: 1 }, { x, y: new Float32Array(${y}), length: 2 });`;
    const error = (y: string) => JSON.parse(run('--input-type=module', '--eval', program(y)).stdout).error;
    const one = 1 / Math.sqrt(1 + 1e-5);
    expect(error(`[${-one}, ${one}, ${-one}, ${one}]`)).toBeLessThan(1);
    expect(error(`[${-one}, ${one}, ${-one}, 1.001]`)).toBeGreaterThan(1000);
    expect(error(`[${-one}, ${one}, ${-one}, NaN]`)).toBeNull();
    expect(error(`[${-one}, ${one}, ${-one}]`)).toBeNull();
    expect(error('[]')).toBeNull();
  });
});

describe('what is committed', () => {
  const files = committed('start-up-');

  test.each(files)('%s has both figures', (file) => expectComplete(json(file), FULL));

  test('is what the document shows', () => {
    const document = readFileSync('docs/performance.md', 'utf8');
    const tables = files.map((file) => startUpTables(json<Run>(file)));
    expect(tables).toContainEqual({ 'start-up': part(document, 'start-up') });
  });
});
