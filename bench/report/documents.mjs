// Writes the measured parts of README and docs/: the tables between markers, and the charts. None is typed by hand.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { fill, write } from '../../scripts/lib/fill.mjs';
import { cache, root } from '../../scripts/lib/run.mjs';
import { subjects, textbook } from '../subjects.mjs';
import { accuracyTables } from './accuracy-tables.mjs';
import { awkwardTables } from './awkward-tables.mjs';
import { performanceTables, speedTable } from './performance-tables.mjs';
import { startUpTables } from './start-up-tables.mjs';

const RESULTS = join(root, 'bench/results');

/** docs/performance.md, its chart and the figures of README, from every result file of a comparison. */
export async function writePerformance() {
  const [node] = runs('node-');
  if (!node) return;
  fill('docs/performance.md', performanceTables(node, runs('chromium-', 'firefox-'), subjects));
  fill('README.md', { speed: speedTable(node, subjects) });
  const { timeChart } = await charts();
  write('docs/charts/time.svg', timeChart(node.cases, subjects));
}

/** The part of docs/performance.md that is about awkward shapes. */
export function writeAwkward() {
  const [run] = runs('awkward-');
  if (run) fill('docs/performance.md', awkwardTables(run));
}

/** The part of docs/performance.md that is about starting. */
export function writeStartUp() {
  const [run] = runs('start-up-');
  if (run) fill('docs/performance.md', startUpTables(run));
}

/** docs/accuracy.md and its chart. */
export async function writeAccuracy() {
  if (!existsSync(join(RESULTS, 'accuracy.json'))) return;
  const { cases, offsets, ...run } = read('accuracy.json');
  const measured = [...subjects.filter(({ key }) => key !== 'copies'), textbook];
  fill('docs/accuracy.md', accuracyTables({ cases, offsets, ...run }, measured));
  const { errorChart } = await charts();
  write('docs/charts/error.svg', errorChart(cases, measured, offsets));
}

/** The results whose file's name starts with one of these words, the latest first. */
const runs = (...prefixes) =>
  readdirSync(RESULTS)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    .map(read)
    .sort((a, b) => (a.made < b.made ? 1 : -1));

const read = (name) => JSON.parse(readFileSync(join(RESULTS, name), 'utf8'));

async function charts() {
  const outfile = join(cache, 'bench', 'charts.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['bench/report/charts.ts'],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile));
}
