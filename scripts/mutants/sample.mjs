// Which mutants are run first, and what those that were run say of all.

import { createHash } from 'node:crypto';

/**
 * The names in an order that is random, and the same for the same seed: the first of them are a random sample, wherever
 * it is that a run ends, and more of them a larger one.
 */
export function shuffled(names, seed) {
  const rank = new Map(names.map((name) => [name, createHash('sha256').update(`${seed}\0${name}`).digest('hex')]));
  return [...names].sort((a, b) => (rank.get(a) < rank.get(b) ? -1 : 1));
}

/** Two-sided, of the normal distribution. */
const Z95 = 1.959964;

/**
 * Where the share of all `total` lies when `hits` of `n` that were drawn at random have it, with 95 % confidence: Wilson's
 * interval, which keeps its promise near 100 % too, narrowed as n approaches all there are.
 */
export function interval(hits, n, total) {
  if (n === total) return [hits / n, hits / n];
  const drawn = (n * (total - 1)) / (total - n);
  const share = hits / n;
  const z2 = Z95 * Z95;
  const middle = (share + z2 / (2 * drawn)) / (1 + z2 / drawn);
  const half = (Z95 / (1 + z2 / drawn)) * Math.sqrt((share * (1 - share)) / drawn + z2 / (4 * drawn * drawn));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
