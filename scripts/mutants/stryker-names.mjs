// What Stryker's processes and ours say to each other: the names of mutants, and which of them are to be run.

import { join, relative } from 'node:path';
import { root } from '../lib/run.mjs';

/** The names of the mutants to be run. */
export const CHOSEN = join(root, '.cache/stryker/chosen.json');
/** How the reason of a mutant begins that only keeps tests from running. */
export const SET_UP = 'set-up: ';

/** A mutant by its place, lines and columns from 1 as in Stryker's reports, and by what stands there instead. */
export function nameOf({ fileName, location: { start, end }, mutatorName, replacement }) {
  const file = relative(root, fileName).replaceAll('\\', '/');
  const place = `${file}:${start.line}:${start.column}-${end.line}:${end.column}`;
  return `${place} ${mutatorName}: ${replacement.replace(/\s+/g, ' ')}`;
}
