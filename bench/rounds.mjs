// How anything is measured: all that is to be compared is prepared and checked, then timed in turns, then checked again.
// Turns are short, and begin with another one each round, so that what happens on the machine happens to all.
import { size } from './cases.mjs';
import { UNIT } from './oracle.mjs';

/** Errors up to here are rounding; a subject beyond it computes something else, and is not timed. 1.2e-4 of the scale. */
export const TOLERANCE = 2 ** 10;

/** What the bounds allow us, in units of 2⁻²³ of the scale of each output. */
export const BOUNDS = { y: 4, dx: 4, dweight: 2, dbias: 2 };

export const FULL = { rounds: 15, ms: 15, warm: 250 };
export const QUICK = { rounds: 5, ms: 4, warm: 40 };

/** The largest shape of a quick run. */
export const QUICK_SIZE = 2 ** 19;

/**
 * Runs of which each has a `spec` and a `process`, or the reason why it `failed`. Returns them with their status, their
 * errors and, in milliseconds a call, their times. Several runs in one process are told apart by the name they go `as`.
 */
export async function inTurns(runs, { rounds, ms, warm }) {
  const results = [];
  for (const run of runs) results.push({ ...run, ...(await prepare(run)) });
  const timed = () => results.filter(({ status }) => status === 'timed');
  const ask = ({ process, as }, type, message) => process.ask(type, { as, ...message });
  for (const result of timed()) await attempt(result, () => ask(result, 'sample', { ms: warm }));
  for (let round = 0; round < rounds; round += 1) {
    const turns = timed();
    for (let i = 0; i < turns.length; i += 1) {
      const result = turns[(i + round) % turns.length];
      await attempt(result, async () => result.times.push(await ask(result, 'sample', { ms })));
    }
  }
  for (const result of timed()) {
    await attempt(result, async () => Object.assign(result, judged(await ask(result, 'check'), result)));
  }
  for (const result of results) if (result.status !== 'failed') await ask(result, 'release').catch(() => {});
  return results;
}

/** One case by every subject: `{ subject, process }` or `{ subject, failed }`, first the copy that shows memory's speed. */
export async function measure(spec, entrants, settings) {
  const runs = entrants.map((entrant) => ({ spec, ...entrant }));
  return summary(spec, await inTurns(runs, settings));
}

async function prepare({ spec, process, as, failed }) {
  if (failed) return { status: 'failed', reason: failed };
  try {
    const { supported, note, errors } = await process.ask('prepare', { as, spec });
    return supported ? { note, times: [], ...judged(errors, {}) } : { status: 'unsupported' };
  } catch (error) {
    return { status: 'failed', reason: error.message };
  }
}

/** What goes wrong in one subject ends its part in this case, not the case. */
async function attempt(result, action) {
  try {
    await action();
  } catch (error) {
    Object.assign(result, { status: 'failed', reason: error.message });
  }
}

/** The worse of two checks counts. */
function judged(errors, { errors: before = {} }) {
  const worst = Object.fromEntries(Object.entries(errors).map(([name, e]) => [name, Math.max(e, before[name] ?? 0)]));
  const error = Math.max(...Object.values(worst));
  return { errors: worst, error, status: error <= TOLERANCE ? 'timed' : 'wrong' };
}

/** What must pass between memory and the processor: x in and y out, or x and dy in and dx out. */
const bytesPerElement = ({ pass }) => (pass === 'backward' ? 12 : 8);

function summary(spec, [memory, ...results]) {
  const copied = shown(memory);
  const memoryRate = copied.nanoseconds ? 8 / copied.nanoseconds : null;
  return {
    spec,
    memory: memoryRate && { gigabytesPerSecond: memoryRate },
    results: results.map((result) => {
      const common = { subject: result.subject.key, ...shown(result) };
      if (common.status !== 'timed') return common;
      const gigabytesPerSecond = bytesPerElement(spec) / common.nanoseconds;
      const ofMemory = memoryRate && gigabytesPerSecond / memoryRate;
      return { ...common, gigabytesPerSecond, ofMemory };
    }),
  };
}

/** What may be shown of a run: its time if its outputs were right, by how much they were wrong, or why there is nothing. */
export function shown({ spec, status, reason, note, errors, error, times }) {
  const common = { status, ...(note && { note }), ...(reason && { reason }) };
  if (status === 'wrong') return { ...common, relativeError: finite(error * UNIT), errors: finiteAll(errors) };
  if (status !== 'timed') return common;
  const perElement = times.map((time) => (time * 1e6) / size(spec));
  const nanoseconds = median(perElement);
  const spread = (quantile(perElement, 0.75) - quantile(perElement, 0.25)) / 2 / nanoseconds;
  const withinBounds = Object.entries(errors).every(([name, e]) => e <= BOUNDS[name]);
  return { ...common, nanoseconds, spread, error, errors, withinBounds, times: perElement };
}

/** JSON knows no infinity; it is what a missing or non-finite output is wrong by. */
const finite = (value) => (Number.isFinite(value) ? value : null);
const finiteAll = (errors) => Object.fromEntries(Object.entries(errors).map(([name, e]) => [name, finite(e)]));

export const median = (values) => quantile(values, 0.5);

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  return sorted[below] + (at - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
}

/** Geometric mean of a subject's time over ours, over the cases where both were timed. */
export function slowdown(cases, key) {
  const ratios = cases.flatMap(({ results }) => {
    const [ours, theirs] = ['normlayers', key].map((subject) => results.find((result) => result.subject === subject));
    return ours?.status === 'timed' && theirs?.status === 'timed' ? [theirs.nanoseconds / ours.nanoseconds] : [];
  });
  if (ratios.length === 0) return null;
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  return { mean, least: Math.min(...ratios), most: Math.max(...ratios), cases: ratios.length };
}
