// What comes before steady speed: the import, the first result, the first call on a large tensor. Each figure is taken
// in Node processes that were started for it, and is the median over them.
import { join } from 'node:path';
import { root, run } from '../scripts/lib/run.mjs';
import { BOUNDS, median, quantile } from './rounds.mjs';

/** How many processes of each kind. */
export const FULL = 21;
export const QUICK = 3;

/** Milliseconds to the first result, and the first large call over the later ones: what the project asks of itself. */
export const TARGETS = { firstResult: 5, firstLargeCall: 2 };

const PROGRAMS = { firstResult: 'first-result.mjs', firstLargeCall: 'first-large-call.mjs' };

/**
 * Starts processes of both kinds in turns: `{ firstResult: { total, import, call }, firstLargeCall: { first, later } }`,
 * the latter with their ratio.
 */
export async function measureStartUp(processes) {
  const answers = { firstResult: [], firstLargeCall: [] };
  for (let i = 0; i < processes; i += 1) {
    for (const [name, file] of Object.entries(PROGRAMS)) answers[name].push(await ask(file));
  }
  const firstResult = summary(answers.firstResult);
  const firstLargeCall = summary(answers.firstLargeCall);
  if (firstLargeCall.status === 'timed') {
    firstLargeCall.ratio = firstLargeCall.first.milliseconds / firstLargeCall.later.milliseconds;
  }
  return { firstResult, firstLargeCall };
}

async function ask(file) {
  const { code, output } = await run(process.execPath, [join(root, 'bench/start-up', file)]);
  return code === 0 ? JSON.parse(output) : { failed: output.trim().split('\n').at(-1) };
}

/** Medians and spreads of what was timed, if every process gave the right result. */
export function summary(answers) {
  const failed = answers.find((answer) => answer.failed !== undefined);
  if (failed) return { status: 'failed', reason: failed.failed };
  // An error that is not finite is null in JSON.
  const error = Math.max(...answers.map((answer) => answer.error ?? Number.POSITIVE_INFINITY));
  if (error > BOUNDS.y) return { status: 'wrong', error };
  const figures = Object.keys(answers[0].times).map((name) => {
    const times = answers.map((answer) => answer.times[name]);
    const milliseconds = median(times);
    const spread = (quantile(times, 0.75) - quantile(times, 0.25)) / 2 / milliseconds;
    return [name, { milliseconds, spread, times }];
  });
  return { status: 'timed', error, ...Object.fromEntries(figures) };
}
