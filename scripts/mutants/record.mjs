// What is known of every mutant: one file per kind and shard, so that shards can be run in several places and in
// several sittings. A record counts for the sources it was made of alone. Of the tests each outcome knows what it rests
// on: the file of the one test that noticed the mutant, or else all tests. So a test that is added makes those that were
// missed run again, and no others; one that is changed also those which it had noticed.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../lib/problem.mjs';
import { cache, root } from '../lib/run.mjs';
import { filesBelow } from '../lib/stamp.mjs';

/**
 * `crashed` is a test program that was killed by its own doing, `endless` one that did not end, `bits` that the hash of
 * all bits alone noticed. A mutant that only keeps the tests from running (`set-up`: a hook, or what a file does before
 * its tests) was seen by no test.
 */
const NOTICED = new Set(['caught', 'crashed', 'endless', 'bits']);
const NOT_NOTICED = new Set(['missed', 'set-up']);
/** Not compiled: nothing to notice. */
const NONE = 'unviable';

export const isNoticed = ({ outcome }) => NOTICED.has(outcome);
export const isMissed = ({ outcome }) => NOT_NOTICED.has(outcome);

const folder = (kind) => join(cache, 'mutants', kind);

const short = (hash) => hash.digest('hex').slice(0, 16);

function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  return short(hash);
}

/** Of the sources without the tests that lie among them. */
export const digestOf = ({ sources }) =>
  digest(sources.flatMap(filesBelow).filter((path) => !path.includes('/tests/')));

/** Tells what outcomes rest on, of the tests as they are now: they may be changed while mutants run. */
function testsNow({ tests: all, testsBehind }) {
  const digests = new Map(all.flatMap(filesBelow).map((path) => [path, digest([path])]));
  const made = new Map();
  return ({ outcome, by }) => {
    if (outcome === NONE) return '';
    const key = by ?? '';
    if (!made.has(key)) {
      const paths = by ? testsBehind(by).flatMap(filesBelow) : [...digests.keys()];
      made.set(key, short(createHash('sha256').update(paths.map((path) => digests.get(path)).join(' '))));
    }
    return made.get(key);
  };
}

/** The record of one shard. */
export function record(kind, mutants, shard) {
  const file = join(folder(kind), `${shard.replace('/', '-of-')}.json`);
  const sources = digestOf(mutants);
  let restsOn = testsNow(mutants);
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  const known = before?.sources === sources ? before : { sources, seeds: [], names: null, outcomes: {} };
  const write = () => {
    mkdirSync(folder(kind), { recursive: true });
    writeFileSync(file, `${JSON.stringify(known, null, 1)}\n`);
  };
  return {
    /** The names of all mutants, or null. */
    names: known.names,
    outcomes: known.outcomes,
    stands: (name) => name in known.outcomes && known.outcomes[name].tests === restsOn(known.outcomes[name]),
    begin({ names, seed }) {
      Object.assign(known, { names, seeds: [...new Set([...known.seeds, seed])] });
      write();
    },
    /** Before mutants are run: they are of the sources and the tests as they are now. */
    look() {
      if (digestOf(mutants) !== sources)
        throw new Problem('MUTANTS', 'The sources have changed meanwhile.', 'Run it again.');
      restsOn = testsNow(mutants);
    },
    /** Adds outcomes: of each its name, the `outcome`, and the test it was noticed `by`, where one is known. */
    add(more) {
      for (const [name, seen] of Object.entries(more)) {
        const first = known.outcomes[name]?.first ?? seen.outcome;
        known.outcomes[name] = { ...seen, first, tests: restsOn(seen) };
      }
      known.date = new Date().toISOString().slice(0, 10);
      write();
    },
  };
}

/** All shards of a kind together, or null: of the sources as they are, or else of those that were run last. */
export function merged(kind, mutants) {
  const files = existsSync(folder(kind)) ? readdirSync(folder(kind)).filter((name) => name.endsWith('.json')) : [];
  const records = files
    .map((name) => JSON.parse(readFileSync(join(folder(kind), name), 'utf8')))
    .filter(({ date }) => date)
    .sort((a, b) => (a.date < b.date ? 1 : -1));
  if (records.length === 0) return null;
  const now = digestOf(mutants);
  const sources = records.some((each) => each.sources === now) ? now : records[0].sources;
  const same = records.filter((each) => each.sources === sources);
  const outcomes = Object.assign({}, ...same.map((each) => each.outcomes));
  const restsOn = testsNow(mutants);
  return {
    sources,
    isPresent: sources === now,
    date: same[0].date,
    seeds: [...new Set(same.flatMap(({ seeds }) => seeds))],
    total: same[0].names.length,
    outcomes,
    /** Whose tests have changed since. */
    toRepeat: Object.values(outcomes).filter((seen) => seen.tests !== restsOn(seen)).length,
    others: records.length - same.length,
  };
}
