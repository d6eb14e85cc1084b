// What the terminal shows of a run: a block for each case or family of shapes, and who was how many times slower.
import { bold, dim, red, say } from '../../scripts/lib/terminal.mjs';
import { slowdown } from '../rounds.mjs';
import { caseName, nanoseconds, percent, relative, times, twoDecimals, units } from './figures.mjs';
import { START_UP_HEAD, startUpRows } from './start-up-tables.mjs';

const NAME = 26;
const WIDTHS = [12, 10, 8, 12, 9];

const line = (name, cells) => `    ${name.padEnd(NAME)}${cells.map((cell, i) => cell.padStart(WIDTHS[i])).join('')}`;

const HEAD = line('', ['ns/element', 'spread', 'GB/s', 'of memory', 'error']);

export function sayCase({ spec, memory, results }, subjects) {
  say(`\n  ${bold(caseName(spec))}${memory ? dim(`  a copy of x: ${memory.gigabytesPerSecond.toFixed(0)} GB/s`) : ''}`);
  say(dim(HEAD));
  for (const result of results) {
    const name = subjects.find(({ key }) => key === result.subject).name;
    if (result.status === 'timed') say(line(name, cells(result)) + (result.note ? dim(`  ${result.note}`) : ''));
    else say(`    ${name.padEnd(NAME)}  ${why(result)}`);
  }
}

const cells = ({ nanoseconds: ns, spread, gigabytesPerSecond, ofMemory, error }) => [
  nanoseconds(ns),
  `±${percent(spread)}`,
  gigabytesPerSecond.toFixed(1),
  ofMemory ? percent(ofMemory) : '',
  units(error),
];

function why({ status, reason, relativeError }) {
  if (status === 'wrong') return red(`wrong by ${relative(relativeError)} of the scale: not timed`);
  if (status === 'failed') return red(`failed: ${reason.split('\n')[0].slice(0, 120)}`);
  return dim('does not have this operation');
}

export function saySlowdowns(cases, subjects) {
  say(`\n  ${bold('Time over that of normlayers, geometric mean')}`);
  for (const { key, name } of subjects.filter((subject) => subject.key !== 'normlayers')) {
    const ratio = slowdown(cases, key);
    if (!ratio) continue;
    const range = `from ${times(ratio.least)} to ${times(ratio.most)} over ${ratio.cases} cases`;
    say(`    ${name.padEnd(NAME)}${times(ratio.mean).padStart(6)}  ${dim(range)}`);
  }
}

const FAMILY_HEAD = line('', ['ns/element', 'spread', 'error', 'ratio', 'target']);

/** The friendly shape, and under it those that are compared with it. */
export function sayFamily({ neighbour, shapes }) {
  say(`\n  ${bold(caseName(neighbour.spec))}`);
  say(dim(FAMILY_HEAD));
  for (const result of [neighbour, ...shapes]) {
    const name = result.spec.shape.join(' × ');
    if (result.status === 'timed') say(line(name, familyCells(result)) + (missed(result) ? red('  missed') : ''));
    else say(`    ${name.padEnd(NAME)}  ${why(result)}`);
  }
}

const missed = ({ ratio, target }) => ratio > target;

const familyCells = ({ nanoseconds: ns, spread, error, ratio, target }) => [
  nanoseconds(ns),
  `±${percent(spread)}`,
  units(error),
  ratio === undefined ? '' : twoDecimals(ratio),
  target === undefined ? '' : String(target),
];

export function sayStartUp(figures) {
  // The target stands last and is words: it needs no column.
  const row = (name, cells) => `${line(name, cells.slice(0, -1))}  ${cells.at(-1)}`.trimEnd();
  const [head, ...heads] = START_UP_HEAD;
  say(`\n${dim(row(head, heads))}`);
  for (const [name, ...cells] of startUpRows(figures)) say(row(name, cells));
}
