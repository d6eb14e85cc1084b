// The part of docs/performance.md about starting; the terminal shows the same rows.
import { TARGETS } from '../start-up.mjs';
import { percent, twoDecimals } from './figures.mjs';
import { table } from './markdown.mjs';
import { origin } from './origin.mjs';

export const START_UP_HEAD = ['', 'ms', 'spread', 'ratio', 'target'];

/** What could not be shown is told in the place of its figures. */
export function startUpRows({ firstResult, firstLargeCall }) {
  return [
    ...rowsOf(firstResult, 'Import to first result', ({ total, import: imported, call }) => [
      ['Import', ...timed(imported), '', ''],
      ['First call', ...timed(call), '', ''],
      ['Import to first result', ...timed(total), '', within(total.milliseconds, TARGETS.firstResult, 'ms')],
    ]),
    ...rowsOf(firstLargeCall, 'First large call', ({ first, later, ratio }) => [
      ['Later large calls', ...timed(later), '', ''],
      ['First large call', ...timed(first), twoDecimals(ratio), within(ratio, TARGETS.firstLargeCall, 'times')],
    ]),
  ];
}

const rowsOf = (result, name, rows) => (result.status === 'timed' ? rows(result) : [[name, result.status, '', '', '']]);

const timed = ({ milliseconds, spread }) => [twoDecimals(milliseconds), `± ${percent(spread)}`];

const within = (value, target, unit) => `${target} ${unit}${value > target ? ' (missed)' : ''}`;

export function startUpTables(run) {
  const method = `Medians over ${run.settings.processes} processes of each kind.`;
  return { 'start-up': `${origin(run)}\n${method}\n\n${table(START_UP_HEAD, startUpRows(run))}` };
}
