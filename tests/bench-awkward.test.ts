// The awkward shapes of the benchmark: each stands beside a shape of its size, nobody who is wrong gets a time or a
// ratio, and the document shows what was measured. Never the times themselves.
import type { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { awkwardFamilies, compare, misses, target } from '../bench/awkward.mjs';
import { type Case, label, size } from '../bench/cases.mjs';
import { awkwardTables } from '../bench/report/awkward-tables.mjs';
import { committed, expectWithinBounds, json, part, run } from './support/bench.ts';

interface Run {
  families: Awaited<ReturnType<typeof compare>>[];
}

const labels = (families: { shapes: Case[] }[]) => families.flatMap(({ shapes }) => shapes.map(label));

const measuredLabels = ({ families }: Run) =>
  labels(families.map(({ shapes }) => ({ shapes: shapes.map(({ spec }) => spec) })));

function expectChecked({ families }: Run) {
  for (const { neighbour, shapes } of families) {
    for (const { status, nanoseconds, errors } of [neighbour, ...shapes]) {
      expect(status).toBe('timed');
      expect(nanoseconds).toBeGreaterThan(0);
      expectWithinBounds(errors as Record<string, number>);
    }
    for (const { spec, nanoseconds, ratio, target: most } of shapes) {
      // Results are rounded to five digits.
      expect(ratio! / (nanoseconds! / neighbour.nanoseconds!)).toBeCloseTo(1, 3);
      expect(most).toBe(target(spec));
    }
  }
}

describe('the list', () => {
  test('sets each shape beside the same operation on as many elements, to one in fifty', () => {
    for (const { neighbour, shapes } of awkwardFamilies) {
      expect(shapes.length).toBeGreaterThan(0);
      for (const spec of shapes) {
        expect({ ...spec, shape: [] }).toEqual({ ...neighbour, shape: [] });
        expect(spec.shape).not.toEqual(neighbour.shape);
        expect(Math.abs(size(spec) / size(neighbour) - 1)).toBeLessThan(0.02);
      }
    }
  });

  test('names no case twice', () => {
    expect(new Set(labels(awkwardFamilies)).size).toBe(labels(awkwardFamilies).length);
  });
});

describe('a family', () => {
  const spec = (shape: number[]): Case => ({
    op: 'layerNorm',
    pass: 'forward',
    shape,
    layout: 'channelsFirst',
    eps: 0,
  });
  const family = { neighbour: spec([8, 16]), shapes: [spec([64, 2]), spec([6, 20])] };
  const settings = { rounds: 3, ms: 0, warm: 0 };

  /** A process in which each case is off by so many units, and takes so many milliseconds. */
  const pretend = (errors: number[], times = [1, 4, 1]) => ({
    async ask(type: string, { as }: { as: number }) {
      if (type === 'prepare') return { supported: true, errors: { y: errors[as]! } };
      return type === 'check' ? { y: errors[as]! } : times[as]!;
    },
  });

  test('has ratios per element, and misses those beyond their target', async () => {
    const compared = await compare(family, pretend([1, 1, 1]), settings);
    expect(compared.shapes.map(({ ratio, target: most }) => [ratio, most])).toEqual([
      [4, 3],
      [128 / 120, 1.5],
    ]);
    expect(misses([compared]).map((miss) => miss.spec.shape)).toEqual([[64, 2]]);
  });

  test('a shape that is wrong has no time and no ratio', async () => {
    const { shapes } = await compare(family, pretend([1, 1e6, 1]), settings);
    expect(shapes.map(({ status }) => status)).toEqual(['wrong', 'timed']);
    expect(shapes[0]!.nanoseconds).toBeUndefined();
    expect(shapes.map(({ ratio }) => ratio === undefined)).toEqual([true, false]);
  });

  test('beside a neighbour that is wrong there is no ratio', async () => {
    const compared = await compare(family, pretend([Number.POSITIVE_INFINITY, 1, 1]), settings);
    expect(compared.neighbour.status).toBe('wrong');
    expect(compared.neighbour.nanoseconds).toBeUndefined();
    for (const { ratio } of compared.shapes) expect(ratio).toBeUndefined();
    expect(misses([compared])).toEqual([]);
  });
});

describe('npm run bench -- --awkward --quick', () => {
  const out = mkdtempSync(join(tmpdir(), 'normlayers-awkward-'));
  afterAll(() => rmSync(out, { recursive: true, force: true }));
  let job: ReturnType<typeof spawnSync>;
  let result: Run;

  beforeAll(() => {
    job = run('scripts/bench.mjs', '--awkward', '--quick', '--out', out);
    result = json(join(out, `awkward-node-${process.versions.node}.json`));
  }, 120_000);

  test('succeeds, and checks all but the largest shapes', () => {
    expect(job.stderr).toBe('');
    expect(job.status).toBe(0);
    const small = awkwardFamilies.map(({ shapes }) => ({ shapes: shapes.filter((spec) => size(spec) <= 2 ** 19) }));
    expect(measuredLabels(result)).toEqual(labels(small));
    expectChecked(result);
  });

  test('marks what misses its target', () => {
    expect(String(job.stdout).match(/ {2}missed$/gm) ?? []).toHaveLength(misses(result.families).length);
  });
});

describe('npm run bench -- --awkward --subject FILE', () => {
  const folder = mkdtempSync(join(tmpdir(), 'normlayers-awkward-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('measures that subject in the place of ours, and holds it to no bounds', () => {
    const file = join(folder, 'textbook.mjs');
    writeFileSync(file, `export { default } from '${new URL('../bench/subjects/pure-js-f32.mjs', import.meta.url)}';`);
    const args = ['--awkward', '--quick', '--subject', file, '--out', folder, '5x5'];
    const { status, stdout, stderr } = run('scripts/bench.mjs', ...args);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('textbook.mjs, awkward shapes');
    const { families } = json<Run>(join(folder, `awkward-node-${process.versions.node}.json`));
    const results = families.flatMap(({ neighbour, shapes }) => [neighbour, ...shapes]);
    expect(measuredLabels({ families })).toEqual(labels(awkwardFamilies).filter((name) => name.includes('5x5')));
    for (const { status: timed } of results) expect(timed).toBe('timed');
    expect(results.some(({ withinBounds }) => withinBounds === false)).toBe(true);
  });
});

test.each([
  [['--awkward', '--browser'], 'without --browser'],
  [['--awkward', '--start-up'], 'two runs'],
  [['--awkward', 'no such shape'], 'No shape has all of'],
  [['--awkward', '--subject', 'nowhere.mjs'], 'There is no file'],
  [['--awkward', '--subject', 'README.md'], 'README.md does not run here'],
  [['--awkward', '--subject', 'a.mjs', '--subject', 'b.mjs'], 'measures one subject'],
  [['--start-up', '--subject', 'a.mjs'], 'measures ours alone'],
])('npm run bench -- %s is refused', (args, words) => {
  const { status, stdout } = run('scripts/bench.mjs', ...args);
  expect(status).toBe(1);
  expect(stdout).toContain(words);
});

describe('what is committed', () => {
  const files = committed('awkward-');

  test.each(files)('%s has every shape, and no time without a check', (file) => {
    const measured = json<Run>(file);
    expect(measuredLabels(measured)).toEqual(labels(awkwardFamilies));
    expectChecked(measured);
  });

  test('is what the document shows', () => {
    const document = readFileSync('docs/performance.md', 'utf8');
    const tables = files.map((file) => awkwardTables(json<Run>(file)));
    const names = ['awkward', 'awkward misses'];
    expect(tables).toContainEqual(Object.fromEntries(names.map((name) => [name, part(document, name)])));
  });
});
