// Awkward shapes: lengths that fill no vector, a handful of channels, one row or a million. What they cost is told
// beside a friendly neighbour, the same operation on nearly as many elements in a shape that suits the kernels.
import { inTurns, shown } from './rounds.mjs';

/** @typedef {import('./cases.d.mts').Case} Case */

/** How many times its neighbour's time an element may take: what the project asks of itself. */
export const target = ({ op, shape }) => ((op === 'layerNorm' || op === 'rmsNorm') && shape.at(-1) < 16 ? 3 : 1.5);

/** All shapes have about so many elements, few enough for the cache, save those that are awkward by their size. */
const ELEMENTS = 2 ** 18;
const CHANNELS = 64;
const GROUPS = 32;
const SIDE = 32;

const filledWith = (...shape) => [Math.round(ELEMENTS / shape.reduce((a, b) => a * b)), ...shape];

const row = (length) => filledWith(length);
const image = (side) => filledWith(CHANNELS, side, side);
const pixels = (channels) => filledWith(SIDE, SIDE, channels);

/** A friendly shape, and the awkward ones it is nearest to. */
const ROWS = [
  [row(16), [3, 5, 7, 12, 20].map(row)],
  [row(48), [49].map(row)],
  [row(96), [100].map(row)],
  [row(128), [127, 129].map(row)],
  [row(1024), [1000, 1023].map(row)],
  [[976, 1024], [[1, 1_000_000]]],
  [[250_000, 16], [[1_000_000, 4]]],
];
const IMAGES = [[image(8), [7, 5].map(image)]];
const PIXELS = [[pixels(4), [1, 2, 3, 5].map(pixels)]];

const TRAINING = ['forward', 'backward'];
const WITH_EVAL = ['forward', 'eval', 'backward'];

const families = (op, passes, shapes, layout = 'channelsFirst', more = {}) =>
  passes.flatMap((pass) =>
    shapes.map(([friendly, awkward]) => {
      const spec = (shape) => ({ op, pass, shape, layout, eps: 1e-5, ...more });
      return { neighbour: spec(friendly), shapes: awkward.map(spec) };
    }),
  );

/** @type {{ neighbour: Case, shapes: Case[] }[]} */
export const awkwardFamilies = [
  ...families('layerNorm', TRAINING, ROWS),
  ...families('rmsNorm', TRAINING, ROWS),
  ...families('batchNorm', WITH_EVAL, IMAGES),
  ...families('instanceNorm', TRAINING, IMAGES),
  ...families('groupNorm', TRAINING, IMAGES, 'channelsFirst', { groups: GROUPS }),
  ...families('batchNorm', WITH_EVAL, PIXELS, 'channelsLast'),
  ...families('instanceNorm', TRAINING, PIXELS, 'channelsLast'),
];

/**
 * Times a family in turns, all of it in one process. There is a ratio only where both its shape and the neighbour gave
 * the right outputs.
 */
export async function compare({ neighbour, shapes }, process, settings) {
  const runs = [neighbour, ...shapes].map((spec, as) => ({ spec, process, as }));
  const [friendly, ...awkward] = (await inTurns(runs, settings)).map((run) => ({ spec: run.spec, ...shown(run) }));
  return {
    neighbour: friendly,
    shapes: awkward.map((result) => {
      const asked = { ...result, target: target(result.spec) };
      if (result.status !== 'timed' || friendly.status !== 'timed') return asked;
      return { ...asked, ratio: result.nanoseconds / friendly.nanoseconds };
    }),
  };
}

/** The shapes that took longer than the target allows. */
export const misses = (measured) =>
  measured.flatMap(({ neighbour, shapes }) =>
    shapes.filter(({ ratio, target: most }) => ratio > most).map((shape) => ({ ...shape, neighbour })),
  );
