// The types of sample.mjs, for the tests.

export function shuffled(names: readonly string[], seed: number): string[];
export function interval(hits: number, n: number, total: number): [low: number, high: number];
