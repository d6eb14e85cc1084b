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

const TAIL = 0.025;

/** Logarithms of factorials, up to n. */
function factorials(n) {
  const logs = new Float64Array(n + 1);
  for (let i = 1; i <= n; i += 1) logs[i] = logs[i - 1] + Math.log(i);
  return logs;
}

/**
 * Where the share of all `total` lies when `hits` of `n` that were drawn at random have it, with at least 95 %
 * confidence: every share by which so few hits, and so many, come more often than once in 40 draws. Of the exact
 * probabilities of drawing without putting back, since near 100 % approximations promise too much.
 */
export function interval(hits, n, total) {
  const log = factorials(total);
  const ways = (of, some) => log[of] - log[some] - log[of - some];
  /** The probability of `k` hits when `all` have it. */
  const exactly = (k, all) =>
    k > all || n - k > total - all ? 0 : Math.exp(ways(all, k) + ways(total - all, n - k) - ways(total, n));
  const between = (from, to, all) => {
    let sum = 0;
    for (let k = from; k <= to; k += 1) sum += exactly(k, all);
    return sum;
  };
  let low = hits;
  let high = total - (n - hits);
  while (between(hits, n, low) <= TAIL) low += 1;
  while (between(0, hits, high) <= TAIL) high -= 1;
  return [low / total, high / total];
}
