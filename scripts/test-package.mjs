// `npm run test:package`: the package as it is published, from its tarball and never from the source tree, in every place
// that it is made for. One small program runs everywhere and must give the bits that it gives in this Node.
//
//   npm run test:package                    all; the first time, runtimes, bundlers and compilers of 1.3 GB are installed
//   npm run test:package -- Node webpack    the places, or the kinds of place, whose names begin so
//   npm run test:package -- --write         and writes docs/support.md from what was found, with docs/support.json
//
// The last line counts: `N passed, N failed, N not run`.

import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { main, Problem } from './lib/problem.mjs';
import { bold, dim, green, red, say } from './lib/terminal.mjs';
import { writeSupport } from './package/document.mjs';
import { count, runKind } from './package/matrix.mjs';
import { kinds } from './package/places.mjs';
import { makeProject } from './package/project.mjs';
import { setup } from './setup.mjs';

/** The kinds with those of their places that are wanted: a word means places, or else, where it names none, kinds. */
function choose(words) {
  const begins = (name) => (word) => name.toLowerCase().startsWith(word.toLowerCase());
  const named = kinds.flatMap(({ places }) => places.map(({ name }) => name));
  const ofKinds = words.filter((word) => !named.some((name) => begins(name)(word)));
  const strange = ofKinds.filter((word) => !kinds.some(({ title }) => begins(title)(word)));
  if (strange.length > 0) {
    const names = kinds.flatMap(({ title, places }) => [title, ...places.map(({ name }) => name)]);
    throw new Problem('ARGUMENTS', `No place begins with ${strange.join(' or ')}.`, `There are: ${names.join('; ')}.`);
  }
  return kinds
    .map((kind) => ({
      kind,
      places: kind.places.filter(
        ({ name }) => words.length === 0 || words.some(begins(name)) || ofKinds.some(begins(kind.title)),
      ),
    }))
    .filter(({ places }) => places.length > 0);
}

await main(import.meta.url, async () => {
  const { values, positionals } = parseArgs({
    options: { write: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const chosen = choose(positionals);
  if (values.write && positionals.length > 0) {
    throw new Problem('ARGUMENTS', 'What is written is of all places.', 'Leave out either --write or the names.');
  }
  await setup();
  await build();
  const project = await makeProject();
  try {
    const { name, size, unpackedSize } = project.tarball;
    const kilobytes = (bytes) => `${(bytes / 1024).toFixed(0)} KB`;
    say(`\n  ${bold(name)}  ${dim(`${kilobytes(size)}, unpacked ${kilobytes(unpackedSize)}, bits ${project.hash}`)}`);
    const results = [];
    for (const { kind, places } of chosen) results.push(await runKind(kind, places, project));
    if (values.write) writeSupport(results, project);
    const counts = count(results);
    const line = `${counts.passed} passed, ${counts.failed} failed, ${counts['not run']} not run`;
    const good = counts.failed === 0 && counts.passed > 0;
    say(`\n  ${dim('✓ passed  ✗ failed  ○ not run  – there is no such way')}`);
    say(`\n${good ? green(line) : red(line)}`);
    return good ? 0 : 1;
  } finally {
    project.remove();
  }
});
