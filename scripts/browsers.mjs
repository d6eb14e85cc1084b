// `npm run browsers`: the browsers that tests drive, from Debian's packages where they are not there yet. Ends with an error
// when one cannot be had, since tests that find no browser may only say so.

import { browsers, programOf } from './lib/browsers.mjs';
import { main, Problem } from './lib/problem.mjs';
import { ask } from './lib/run.mjs';
import { say } from './lib/terminal.mjs';
import { work } from './setup.mjs';

const missing = () => browsers.filter((one) => !programOf(one));

async function install(packages) {
  const cure = `Install ${packages.join(' and ')} by hand.`;
  if (ask('apt-get', ['--version']) === null) {
    throw new Problem('NO_APT', `Not here: ${packages.join(', ')}; and there is no apt-get to install it.`, cure);
  }
  const words = process.getuid?.() === 0 ? [] : ['sudo'];
  for (const [label, patience, ...command] of [
    ['apt-get update', 'a few seconds', 'apt-get', 'update', '--quiet'],
    ['apt-get install', 'about a minute', 'apt-get', 'install', '--yes', '--no-install-recommends', ...packages],
  ]) {
    const [program, ...args] = [...words, ...command];
    await work(label, patience, program, args, { code: 'APT', cure });
  }
}

await main(import.meta.url, async () => {
  if (missing().length > 0) await install(missing().map(({ debian }) => debian));
  for (const one of missing()) throw new Problem('NO_BROWSER', `${one.title} was installed, and is not found.`);
  for (const one of browsers) say(`  ${ask(programOf(one), ['--version'])}`);
});
