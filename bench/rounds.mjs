// The measurement of one case: every subject prepares and is checked, then they are timed in turns, then checked again.
// Turns are short, and begin with another subject each round, so that what happens on the machine happens to all.
import { UNIT } from './oracle.mjs';

/** Errors up to here are rounding; a subject beyond it computes something else, and is not timed. 1.2e-4 of the scale. */
export const TOLERANCE = 2 ** 10;

/** What the bounds allow us, in units of 2⁻²³ of the scale of each output. */
export const BOUNDS = { y: 4, dx: 4, dweight: 2, dbias: 2 };

export const FULL = { rounds: 15, ms: 15, warm: 250 };
export const QUICK = { rounds: 5, ms: 4, warm: 40 };

/** `entrants` are `{ subject, process }` or `{ subject, failed }`; the first is the copy that shows the memory's speed. */
export async function measure(spec, entrants, { rounds, ms, warm }) {
  const results = [];
  for (const { subject, process, failed } of entrants) {
    results.push({
      subject,
      process,
      ...(failed ? { status: 'failed', reason: failed } : await prepare(process, spec)),
    });
  }
  const timed = () => results.filter(({ status }) => status === 'timed');
  for (const result of timed()) await attempt(result, () => result.process.ask('sample', { ms: warm }));
  for (let round = 0; round < rounds; round += 1) {
    const turns = timed();
    for (let i = 0; i < turns.length; i += 1) {
      const result = turns[(i + round) % turns.length];
      await attempt(result, async () => result.times.push(await result.process.ask('sample', { ms })));
    }
  }
  for (const result of timed()) {
    await attempt(result, async () => Object.assign(result, judged(await result.process.ask('check'), result)));
  }
  for (const { process, status } of results) if (status !== 'failed') await process.ask('release').catch(() => {});
  return summary(spec, results);
}

async function prepare(process, spec) {
  try {
    const { supported, note, errors } = await process.ask('prepare', { spec });
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

const product = (values) => values.reduce((a, b) => a * b, 1);

/** What must pass between memory and the processor: x in and y out, or x and dy in and dx out. */
const bytesPerElement = ({ pass }) => (pass === 'backward' ? 12 : 8);

function summary(spec, [memory, ...results]) {
  const elements = product(spec.shape);
  const perElement = ({ times }) => times.map((time) => (time * 1e6) / elements);
  const memoryRate = memory.status === 'timed' ? 8 / median(perElement(memory)) : null;
  return {
    spec,
    memory: memoryRate && { gigabytesPerSecond: memoryRate },
    results: results.map((result) => {
      const { subject, status, reason, note, errors, error } = result;
      const common = { subject: subject.key, status, ...(note && { note }), ...(reason && { reason }) };
      if (status === 'wrong') return { ...common, relativeError: finite(error * UNIT), errors: finiteAll(errors) };
      if (status !== 'timed') return common;
      const times = perElement(result);
      const nanoseconds = median(times);
      const gigabytesPerSecond = bytesPerElement(spec) / nanoseconds;
      const spread = (quantile(times, 0.75) - quantile(times, 0.25)) / 2 / nanoseconds;
      const ofMemory = memoryRate && gigabytesPerSecond / memoryRate;
      const withinBounds = Object.entries(errors).every(([name, e]) => e <= BOUNDS[name]);
      return { ...common, nanoseconds, spread, gigabytesPerSecond, ofMemory, error, errors, withinBounds, times };
    }),
  };
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
