// What is known of every mutant: one file per kind and shard, so that shards can be run in several places and in
// several sittings. A record counts only for the sources it was made of; tests may have been added since.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, root } from '../lib/run.mjs';
import { filesBelow } from '../lib/stamp.mjs';

const folder = (kind) => join(cache, 'mutants', kind);

/** Of the sources without the tests that lie among them. */
function digest(paths) {
  const hash = createHash('sha256');
  const files = paths.flatMap(filesBelow).filter((path) => !path.endsWith('/tests.rs'));
  for (const path of files) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

/**
 * The record of one shard: outcomes by the mutant's name, `caught`, `missed`, `unviable`,
 * `endless` where the tests did not end, and `bits` where the hash of all bits alone noticed it.
 */
export function record(kind, sources, shard) {
  const file = join(folder(kind), `${shard.replace('/', '-of-')}.json`);
  const made = digest(sources);
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  const outcomes = before?.sources === made ? before.outcomes : {};
  return {
    outcomes,
    add(more) {
      Object.assign(outcomes, more);
      mkdirSync(folder(kind), { recursive: true });
      writeFileSync(file, `${JSON.stringify({ sources: made, outcomes }, null, 1)}\n`);
    },
  };
}

/** All shards of a kind together, and how many records there were of other sources. */
export function merged(kind, sources) {
  const made = digest(sources);
  const files = existsSync(folder(kind)) ? readdirSync(folder(kind)).filter((name) => name.endsWith('.json')) : [];
  const records = files.map((name) => JSON.parse(readFileSync(join(folder(kind), name), 'utf8')));
  const current = records.filter((entry) => entry.sources === made);
  return {
    outcomes: Object.assign({}, ...current.map((entry) => entry.outcomes)),
    stale: records.length - current.length,
  };
}
