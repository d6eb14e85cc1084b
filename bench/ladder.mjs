// The offset ladder: the same data ever farther from zero, in units of its spread. Computed exactly, every rung is as
// hard as the first; a variance taken as a difference of squares, or a mean kept in float32, loses digits with each.
import { label } from './cases.mjs';
import { inputs } from './inputs.mjs';

export const OFFSETS = [0, 1, 1e2, 1e3, 1e4, 1e5, 1e6];

const TOKENS = [64, 768];
const IMAGES = [8, 32, 14, 14];
const IMAGES_LAST = [8, 14, 14, 32];

const operation = (op, passes, shape, layout, more) =>
  passes.map((pass) => ({ op, pass, shape, layout, eps: 1e-5, ...more }));

const both = ['forward', 'backward'];
const withEval = ['forward', 'eval', 'backward'];

/** @type {import('./cases.d.mts').Case[]} */
export const ladderCases = [
  ...operation('layerNorm', both, TOKENS, 'channelsFirst'),
  ...operation('rmsNorm', both, TOKENS, 'channelsFirst'),
  ...operation('batchNorm', withEval, IMAGES, 'channelsFirst'),
  ...operation('batchNorm', withEval, IMAGES_LAST, 'channelsLast'),
  ...operation('instanceNorm', both, IMAGES, 'channelsFirst'),
  ...operation('instanceNorm', both, IMAGES_LAST, 'channelsLast'),
  ...operation('groupNorm', both, IMAGES, 'channelsFirst', { groups: 8 }),
  ...operation('groupNorm', both, IMAGES_LAST, 'channelsLast', { groups: 8 }),
];

/** The case's operands with x moved to the offset, running statistics with it. */
export function operands(spec, offset) {
  const { x, runningMean, runningVar, ...rest } = inputs(spec);
  // The benchmark's x has mean 0.3 and spread 1.5.
  const move = (value) => (value - 0.3) / 1.5 + offset;
  return { ...rest, x: x.map(move), runningMean: runningMean.map(move), runningVar: runningVar.fill(1) };
}

/** What each subject makes of each rung: `{ spec, results: [{ subject, rungs: [errors or null] }] }`. */
export async function climb(spec, entrants) {
  const results = [];
  for (const { subject, process } of entrants) {
    const rungs = [];
    let reason = null;
    for (const offset of process ? OFFSETS : []) {
      try {
        const answer = await process.ask('prepare', { spec, given: operands(spec, offset) });
        if (!answer.supported) break;
        rungs.push({ offset, errors: answer.errors, error: Math.max(...Object.values(answer.errors)) });
      } catch (error) {
        reason = `${label(spec)}: ${error.message}`;
        break;
      }
    }
    await process?.ask('release').catch(() => {});
    results.push({ subject: subject.key, rungs, ...(reason && { reason }) });
  }
  return { spec, results };
}
