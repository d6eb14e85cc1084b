// What a sample of mutants says of all of them, in docs/testing.md.
import { describe, expect, test } from '@jest/globals';
import { interval, shuffled } from '../scripts/mutants/sample.mjs';

describe('the order in which mutants are run', () => {
  const names = Array.from({ length: 200 }, (_, i) => `file:${i}`);

  test('is one of all of them, the same for a seed, and another for another', () => {
    const order = shuffled(names, 1);
    expect([...order].sort()).toEqual([...names].sort());
    expect(shuffled([...names].reverse(), 1)).toEqual(order);
    expect(shuffled(names, 2)).not.toEqual(order);
  });

  test('begins with every mutant equally often', () => {
    const few = names.slice(0, 8);
    const firsts = few.map((name) => {
      let count = 0;
      for (let seed = 1; seed <= 800; seed += 1) if (shuffled(few, seed)[0] === name) count += 1;
      return count;
    });
    // 100 each, with a standard deviation of 9.4.
    for (const count of firsts) expect(Math.abs(count - 100)).toBeLessThan(38);
  });
});

describe('the interval of a share', () => {
  /** Ways to choose. */
  const choose = (n: number, k: number): number => (k < 0 || k > n ? 0 : k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);

  test.each([
    [40, 12],
    [30, 3],
    [25, 24],
  ])('of %d, with %d drawn, has the true share in it 19 times of 20, or more', (total, n) => {
    for (let all = 0; all <= total; all += 1) {
      let held = 0;
      for (let hits = Math.max(0, n - (total - all)); hits <= Math.min(n, all); hits += 1) {
        const [low, high] = interval(hits, n, total);
        if (low <= all / total && all / total <= high) held += choose(all, hits) * choose(total - all, n - hits);
      }
      expect(held / choose(total, n)).toBeGreaterThan(0.95);
    }
  });

  test('is the share itself when all are drawn, and gets narrower with more of them', () => {
    expect(interval(19, 20, 20)).toEqual([0.95, 0.95]);
    const width = (n: number) => {
      const [low, high] = interval(0.9 * n, n, 1000);
      return high - low;
    };
    expect(width(100)).toBeLessThan(width(50));
    expect(width(900)).toBeLessThan(width(400) / 2);
  });
});
