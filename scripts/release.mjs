// `npm run release`: holds the repository to what a release needs, builds it reproducibly, packs the tarball, tags the commit,
// and tells how to publish. It never publishes by itself.
//
//   npm run release -- --dry-run    all of it but the tag
//
// A version is set before by `npm version … --no-git-tag-version`, and CHANGELOG.md has an entry for it.

import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { main, Problem } from './lib/problem.mjs';
import { ask, cache, root } from './lib/run.mjs';
import { faultsOf, pack } from './lib/tarball.mjs';
import { bold, dim, green, indented, red, say, step } from './lib/terminal.mjs';
import { version } from './lib/version.mjs';
import { conditions } from './release/conditions.mjs';
import { tag } from './release/tag.mjs';
import { buildTwice } from './release/twice.mjs';
import { setup } from './setup.mjs';

const RELEASES = join(cache, 'release');
const kilobytes = (bytes) => (bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KB`);

/** Holds the repository to all conditions; returns how many it does not meet. */
function checkConditions(all) {
  let unmet = 0;
  for (const { label, faults } of all) {
    const done = step(label);
    const found = faults();
    done(found.length === 0);
    if (found.length > 0) indented(found.join('\n'));
    unmet += found.length > 0 ? 1 : 0;
  }
  return unmet;
}

/** Builds and packs a commit; returns the tarball and the hashes of what is in its dist/. */
async function makeTarball(commit) {
  const done = step('two builds from nothing, compared', 'about five minutes');
  let build;
  try {
    build = await buildTwice(commit);
  } catch (error) {
    done(false);
    throw error;
  }
  try {
    done(true, 'the same bytes');
    rmSync(RELEASES, { recursive: true, force: true });
    mkdirSync(RELEASES, { recursive: true });
    const tarball = await pack(RELEASES, build.folder);
    const manifest = JSON.parse(readFileSync(join(build.folder, 'package.json'), 'utf8'));
    const faults = faultsOf(
      tarball.files.map(({ path }) => path),
      manifest,
    );
    if (faults.length > 0) throw new Problem('RELEASE', faults.join('\n  '));
    return { tarball, hashes: build.hashes };
  } finally {
    build.remove();
  }
}

function sayContents({ tarball, hashes }) {
  say(`\n  ${bold(tarball.name)}  ${kilobytes(tarball.size)}, unpacked ${kilobytes(tarball.unpackedSize)}`);
  for (const { path, size } of tarball.files) {
    const hash = hashes[relative('dist', path)]?.slice(0, 16) ?? '';
    say(`    ${path.padEnd(30)}${kilobytes(size).padStart(10)}  ${dim(hash)}`.trimEnd());
  }
  say(dim(`\n  sha256 of normlayers.wasm: ${hashes['normlayers.wasm']}`));
}

await main(import.meta.url, async () => {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
  const dry = values['dry-run'];
  say(`\n${bold(`normlayers ${version()}`)}, ${dry ? 'a release tried out' : 'a release'}\n`);
  const all = conditions(root);
  const unmet = checkConditions(all);
  if (unmet > 0 && !dry) throw new Problem('RELEASE', 'Nothing was built, and nothing tagged.');
  // What is committed meanwhile is neither built nor tagged.
  const commit = ask('git', ['rev-parse', 'HEAD']);
  if (commit === null) throw new Problem('RELEASE', 'There is no commit that could be built.');
  await setup();
  const made = await makeTarball(commit);
  sayContents(made);

  const file = relative(root, made.tarball.file);
  if (unmet > 0) {
    say(`\n${red(`${unmet} of ${all.length} conditions are not met: this could not be released.`)}`);
    return 1;
  }
  const name = dry ? `v${version()}` : await tag(root, version(), commit);
  say(`\n${green(dry ? `All is well; ${name} would be the tag.` : `Tagged as ${name}.`)} To publish, by hand:\n`);
  for (const command of [`git push origin ${name}`, `npm publish ${file}`, 'cargo publish -p normlayers']) {
    say(`    ${command}`);
  }
  return 0;
});
