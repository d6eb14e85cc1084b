// What `npm version` runs after it has changed package.json and its lock: the crates get the same version.
//
//   npm version minor --no-git-tag-version

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main, Problem } from './lib/problem.mjs';
import { root } from './lib/run.mjs';
import { say } from './lib/terminal.mjs';
import { disagreements, PLACES, version, withVersion } from './lib/version.mjs';

await main(import.meta.url, () => {
  const wanted = version();
  for (const path of new Set(PLACES.map((place) => place.path))) {
    const file = join(root, path);
    writeFileSync(file, withVersion(path, readFileSync(file, 'utf8'), wanted));
  }
  const faults = disagreements();
  if (faults.length > 0) throw new Problem('VERSION', faults.join('\n  '));
  say(`  ${wanted} in package.json and in both crates`);
});
