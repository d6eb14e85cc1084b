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
// One more measurement, of ours alone and in Node, which takes --quick and --out too:
//
//   npm run bench -- --awkward           awkward shapes beside friendly ones (and words, as above)

import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { main, Problem } from './lib/problem.mjs';
import { setup } from './setup.mjs';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  browser: { type: 'boolean', default: false },
  awkward: { type: 'boolean', default: false },
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
function runOf({ awkward, browser, subject }) {
  if (!awkward) return 'comparison';
  if (browser || subject.length > 0) {
    throw new Problem('ARGUMENTS', '--awkward measures ours alone, in Node: without --browser and --subject.', HELP);
  }
  return 'awkward';
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
