// What has been made from what: a step is up to date when the bytes of its inputs and outputs are those it recorded.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cache, root } from './run.mjs';

const IGNORED = new Set(['node_modules', 'target', 'pkg', '.git']);

/** All files below a path of the repository (or the file itself), sorted. */
export function filesBelow(path) {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return [];
  if (statSync(absolute).isFile()) return [path];
  return readdirSync(absolute)
    .filter((name) => !IGNORED.has(name))
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

function digest(paths, words = []) {
  const hash = createHash('sha256');
  for (const word of words) hash.update(`${word}\0`);
  for (const path of paths) {
    hash.update(`${path}\0`).update(existsSync(join(root, path)) ? readFileSync(join(root, path)) : 'missing');
  }
  return hash.digest('hex');
}

/**
 * The stamp of one step. `inputs` are files or folders, `words` whatever else decides the result (versions, flags),
 * `outputs` the files it makes.
 */
export function stamp(name, { inputs, outputs, words = [] }) {
  const file = join(cache, 'stamps', `${name}.json`);
  const before = digest(inputs.flatMap(filesBelow), words);
  return {
    fresh() {
      if (!existsSync(file)) return false;
      const record = JSON.parse(readFileSync(file, 'utf8'));
      return record.inputs === before && record.outputs === digest(outputs);
    },
    write() {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify({ inputs: before, outputs: digest(outputs) }));
    },
  };
}
