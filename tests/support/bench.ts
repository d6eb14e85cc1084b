// What the tests of the benchmark share: its scripts run, their results read, and what is ours held to its bounds.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';

const BOUNDS: Record<string, number> = { y: 4, dx: 4, dweight: 2, dbias: 2 };

export function expectWithinBounds(errors: Record<string, number>) {
  expect(Object.keys(errors).length).toBeGreaterThan(0);
  for (const [name, error] of Object.entries(errors)) expect(error).toBeLessThanOrEqual(BOUNDS[name]!);
}

export const run = (script: string, ...args: string[]) =>
  spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });

export const json = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8'));

const RESULTS = 'bench/results';

/** Paths of the committed results whose file's name starts with one of these words. */
export const committed = (...prefixes: string[]) =>
  readdirSync(RESULTS)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => join(RESULTS, name));

/** What stands between the marks of a name in a document. */
export function part(document: string, name: string) {
  const [, between] = document.split(new RegExp(`<!-- /?${name} -->`));
  return between?.trim();
}
