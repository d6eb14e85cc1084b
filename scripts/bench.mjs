// `npm run bench`: the time and the error of every operation, ours beside others', interleaved and checked.
//
//   npm run bench                        all, in Node; the results replace those in bench/results/ and docs/
//   npm run bench -- --quick             small shapes, few rounds, nothing of the repository is written
//   npm run bench -- --browser           the same in headless Chromium and Firefox
//   npm run bench -- --subject FILE      with one more subject (its interface: bench/cases.d.mts)
//   npm run bench -- --no-peers          without what would have to be installed
//   npm run bench -- --out DIR           results to DIR, nothing of the repository is written
//   npm run bench -- layerNorm 512x768   only cases with these words in their label; nothing is written
//
// Two more measurements, of ours alone and in Node, which take --quick and --out too:
//
//   npm run bench -- --awkward           awkward shapes beside friendly ones (and words, as above); of another subject
//                                        with --subject FILE: nothing of the repository is written then
//   npm run bench -- --start-up          from the import to the first result, and a first call on a large tensor

import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { main, Problem } from './lib/problem.mjs';
import { setup } from './setup.mjs';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  browser: { type: 'boolean', default: false },
  awkward: { type: 'boolean', default: false },
  'start-up': { type: 'boolean', default: false },
  'no-peers': { type: 'boolean', default: false },
  subject: { type: 'string', multiple: true, default: [] },
  out: { type: 'string' },
};

const HELP = 'The head of scripts/bench.mjs lists what there is.';

function options() {
  try {
    const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
    return { ...values, words: positionals };
  } catch (error) {
    throw new Problem('ARGUMENTS', error.message, HELP);
  }
}

/** The name of the file in bench/runs/ that does what was chosen. */
function runOf({ awkward, 'start-up': startUp, browser, subject, words }) {
  if (!awkward && !startUp) return 'comparison';
  if (awkward && startUp) throw new Problem('ARGUMENTS', '--awkward and --start-up are two runs.', HELP);
  const name = awkward ? 'awkward' : 'start-up';
  if (browser) throw new Problem('ARGUMENTS', `--${name} measures in Node: without --browser.`, HELP);
  if (startUp && subject.length > 0) throw new Problem('ARGUMENTS', '--start-up measures ours alone.', HELP);
  if (startUp && words.length > 0) throw new Problem('ARGUMENTS', '--start-up has no cases to choose from.', HELP);
  if (subject.length > 1) throw new Problem('ARGUMENTS', '--awkward measures one subject.', HELP);
  return name;
}

await main(import.meta.url, async () => {
  const chosen = options();
  const name = runOf(chosen);
  await setup();
  await build();
  // What it imports is there only after set-up.
  const { run } = await import(`../bench/runs/${name}.mjs`);
  return (await run(chosen)) ? 0 : 1;
});
