// The parts of docs/performance.md about awkward shapes.
import { misses } from '../awkward.mjs';
import { caseName, nanoseconds, shapeName, twoDecimals } from './figures.mjs';
import { table } from './markdown.mjs';
import { origin, rounds } from './origin.mjs';

export function awkwardTables(run) {
  const compared = run.families.flatMap(({ neighbour, shapes }) => shapes.map((shape) => ({ ...shape, neighbour })));
  const missed = misses(run.families);
  return {
    awkward: `${origin(run)}\n${rounds(run)}\n\n${beside(compared)}`,
    'awkward misses':
      missed.length === 0
        ? `None of ${compared.length} cases.`
        : `${missed.length} of ${compared.length} cases:\n\n${beside(missed)}`,
  };
}

function beside(shapes) {
  const rows = shapes.map(({ spec, neighbour, ratio, target, ...result }) => [
    caseName(spec),
    time(result),
    shapeName(neighbour.spec),
    time(neighbour),
    ratio === undefined ? '–' : `${twoDecimals(ratio)}${ratio > target ? ' (missed)' : ''}`,
    target,
  ]);
  return table(['', 'ns per element', 'beside', 'its ns per element', 'ratio', 'target'], rows);
}

const time = ({ status, nanoseconds: ns }) => (status === 'timed' ? nanoseconds(ns) : status);
