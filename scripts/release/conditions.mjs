// What a release needs of the repository before anything is built, each condition with what is wrong, in words.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from '../lib/run.mjs';
import { disagreements, version } from '../lib/version.mjs';
import { faultOf } from './changelog.mjs';

const tagOf = (read) => `v${version(read)}`;

/** Condition by name: given the folder and what reads its files, the faults. */
const FAULTS = {
  'one version everywhere': (_, read) => disagreements(read),
  'an entry in the changelog': (_, read) => [faultOf(read('CHANGELOG.md'), version(read))],
  'a clean working tree'(folder) {
    const status = ask('git', ['status', '--porcelain'], folder);
    if (status === null) return ['this is no repository of git'];
    return status
      .split('\n')
      .filter(Boolean)
      .map((line) => `not committed: ${line.trim()}`);
  },
  'a tag that is free': (folder, read) => [
    ask('git', ['tag', '--list', tagOf(read)], folder) && `${tagOf(read)} is a tag already`,
  ],
};

/** The conditions of `folder`, in the order in which a person mends them; `faults()` looks what is wrong. */
export function conditions(folder) {
  const read = (path) => readFileSync(join(folder, path), 'utf8');
  return Object.entries(FAULTS).map(([label, faultsIn]) => ({
    label,
    faults: () => faultsIn(folder, read).filter(Boolean),
  }));
}
