// How much the generated tests do: little enough for every run of the suite, or, with NORMLAYERS_EFFORT=full, as much as
// is worth waiting for. Seeds are fixed: a failure prints its own, with the path to the smallest input that shows it.
import fc from 'fast-check';

export const full = process.env.NORMLAYERS_EFFORT === 'full';

/** How often something is done: `usual`, or `most` in a full run. */
export const effort = (usual: number, most: number): number => (full ? most : usual);

const seed = process.env.NORMLAYERS_SEED ?? '20261';
if (!/^\d+$/.test(seed)) throw new Error('NORMLAYERS_SEED must be a whole number.');

/** Fixed, but for those who look for more: NORMLAYERS_SEED is another. */
export const SEED = Number(seed);

/** What `fc.assert` is told. */
export const runs = (usual: number, most: number): { seed: number; numRuns: number } => ({
  seed: SEED,
  numRuns: effort(usual, most),
});

/** Runs `property` as often as `effort` says; returns how often. */
export function hold<T>(property: fc.IProperty<T>, usual: number, most: number): number {
  const parameters = runs(usual, most);
  fc.assert(property, parameters);
  return parameters.numRuns;
}
