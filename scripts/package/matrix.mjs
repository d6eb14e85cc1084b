// Runs the package in places and prints how that went, a table for each kind. A place that is not on this machine is not run:
// neither passed nor failed, and the reason is told.
import { Problem } from '../lib/problem.mjs';
import { bold, dim, duration, green, indented, progress, red, say } from '../lib/terminal.mjs';
import { judge } from './judge.mjs';

const NAME = 20;
const VERSION = 16;
const GAP = 3;

/** The marks of the outcomes, as the tables show them. */
const MARKS = { passed: green('✓'), failed: red('✗'), 'not run': '○', none: dim('–') };

/** `138.3 KB, gzip 50.1, brotli 41.5`, in columns. */
function weights({ raw, gzip, brotli }) {
  const [plain, ...packed] = [raw, gzip, brotli].map((bytes) => (bytes / 1024).toFixed(1).padStart(5));
  return `${plain} KB, gzip ${packed[0]}, brotli ${packed[1]}`;
}

async function cell(kind, column, way, project) {
  if (!way) return { outcome: 'none' };
  try {
    const answer = await way();
    judge(kind, column, answer, project);
    return { outcome: 'passed', ...(answer.sizes && { sizes: answer.sizes }) };
  } catch (error) {
    if (error instanceof Problem && error.code === 'ABSENT') return { outcome: 'not run', reason: error.message };
    return { outcome: 'failed', reason: error.message };
  }
}

/** Uses the package in one place, in every way that it has: `{ name, version, cells }`. */
export async function visit(kind, place, project) {
  const start = Date.now();
  const columns = Object.keys(kind.columns);
  const everywhere = (result) => Object.fromEntries(columns.map((column) => [column, result]));
  let opened;
  try {
    opened = await place.open(project);
    const cells = {};
    for (const column of columns) cells[column] = await cell(kind, column, opened.ways[column], project);
    return { name: place.name, version: opened.version, cells, ms: Date.now() - start };
  } catch (error) {
    const outcome = error instanceof Problem && error.code === 'ABSENT' ? 'not run' : 'failed';
    return { name: place.name, cells: everywhere({ outcome, reason: error.message }), ms: Date.now() - start };
  } finally {
    await opened?.close?.();
  }
}

/** A mark in the middle of its column, whatever colours it has. */
function centred(mark, width) {
  const left = Math.floor((width - 1) / 2);
  return `${' '.repeat(left)}${mark}${' '.repeat(width - 1 - left)}`;
}

function sayRow({ columns }, { name, version = '–', cells, ms }) {
  const marks = Object.entries(columns).map(([key, title]) => centred(MARKS[cells[key].outcome], title.length));
  const row = `  ${name.padEnd(NAME)}${version.padEnd(VERSION)}${marks.join(' '.repeat(GAP))}`;
  say(`${row}${dim(duration(ms).padStart(12))}`);
}

/** What the row cannot show: sizes, and why something failed or was not run. */
function sayRemarks({ columns }, { cells }) {
  const reasons = new Map();
  for (const [key, { outcome, reason, sizes }] of Object.entries(cells)) {
    if (sizes) say(dim(`    ${columns[key].padEnd(NAME - 2)}${weights(sizes.alone)}   of ${weights(sizes.whole)}`));
    if (!reason) continue;
    const told = `${outcome}: ${reason}`;
    reasons.set(told, [...(reasons.get(told) ?? []), columns[key]]);
  }
  for (const [told, where] of reasons) indented(`${dim(where.join(', '))} ${told}`);
}

/** Runs one kind: `{ key, title, columns, places }`, as it is kept. */
export async function runKind(kind, places, project) {
  const { key, title, columns } = kind;
  say(`\n  ${bold(title.padEnd(NAME + VERSION))}${dim(Object.values(columns).join(' '.repeat(GAP)))}`);
  const rows = [];
  for (const place of places) {
    const takeBack = progress(place.name);
    const row = await visit(kind, place, project);
    takeBack();
    sayRow(kind, row);
    sayRemarks(kind, row);
    const { ms: _, ...kept } = row;
    rows.push(kept);
  }
  return { key, title, columns, places: rows };
}

/** How many cells had each outcome. */
export function count(results) {
  const counts = { passed: 0, failed: 0, 'not run': 0, none: 0 };
  for (const { places } of results) {
    for (const { cells } of places) for (const { outcome } of Object.values(cells)) counts[outcome] += 1;
  }
  return counts;
}
