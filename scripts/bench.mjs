// `npm run bench`: the time and the error of every operation, ours beside others', interleaved and checked.
//
//   npm run bench                        all, in Node; the results replace those in bench/results/ and docs/
//   npm run bench -- --quick             small shapes, few rounds, nothing of the repository is written
//   npm run bench -- --browser           the same in headless Chromium and Firefox
//   npm run bench -- --subject FILE      with one more subject (its interface: bench/cases.d.mts)
//   npm run bench -- --no-peers          without what would have to be installed
//   npm run bench -- --out DIR           results to DIR, nothing of the repository is written
//   npm run bench -- layerNorm 512x768   only cases with these words in their label; nothing is written

import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { caseName } from '../bench/report/figures.mjs';
import { build } from './build.mjs';
import { main, Problem } from './lib/problem.mjs';
import { root } from './lib/run.mjs';
import { bold, dim, red, say } from './lib/terminal.mjs';
import { setup } from './setup.mjs';

/** The largest shape of a quick run. */
const QUICK_SIZE = 2 ** 19;

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  browser: { type: 'boolean', default: false },
  'no-peers': { type: 'boolean', default: false },
  subject: { type: 'string', multiple: true, default: [] },
  out: { type: 'string' },
};

function options() {
  try {
    const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
    return { ...values, words: positionals };
  } catch (error) {
    throw new Problem('ARGUMENTS', error.message, 'The head of scripts/bench.mjs lists what there is.');
  }
}

await main(import.meta.url, async () => {
  const chosen = options();
  await setup();
  await build();
  // What they import is there only after set-up.
  const { cases, label } = await import('../bench/cases.mjs');
  const { subjects } = await import('../bench/subjects.mjs');
  const session = await import('../bench/session.mjs');
  const size = ({ shape }) => shape.reduce((a, b) => a * b, 1);
  const specs = cases.filter(
    (spec) => chosen.words.every((word) => label(spec).includes(word)) && (!chosen.quick || size(spec) <= QUICK_SIZE),
  );
  if (specs.length === 0)
    throw new Problem('ARGUMENTS', `No case has all of "${chosen.words.join(' ')}" in its label.`);

  for (const file of chosen.subject) {
    if (!existsSync(file)) throw new Problem('ARGUMENTS', `There is no file ${resolve(file)}.`);
  }
  const wanted = { libraries: !chosen['no-peers'], browser: chosen.browser };
  const peers = (await session.peersAreThere(wanted)) && wanted.libraries;
  const entrants = [
    ...subjects.filter(({ peer }) => peers || !peer),
    ...chosen.subject.map((file) => ({ key: basename(file), name: basename(file), file: resolve(file) })),
  ];
  const whole = !chosen.quick && chosen.words.length === 0 && chosen.subject.length === 0 && peers;
  let failed = false;
  for (const place of await places(chosen.browser)) {
    const results = await runIn(place, specs, entrants, chosen.quick);
    failed = sayFaults(results, entrants) || failed;
    if (chosen.out) session.writeResults(resolve(chosen.out), place.key, results);
    else if (whole) {
      session.writeResults(join(root, 'bench/results'), place.key, results);
      await (await import('../bench/report/documents.mjs')).writePerformance();
    }
  }
  if (!whole && !chosen.out) say(dim('\n  Not a whole run: no results are written.'));
  return failed ? 1 : 0;
});

async function places(browser) {
  if (!browser) return [(await import('../bench/places/node.mjs')).nodePlace];
  const { browserPlaces } = await import('../bench/places/browser.mjs');
  const { places: found, missing } = await browserPlaces();
  for (const title of missing) say(`\n  ${red(`${title} is not installed here`)}: its part is left out.`);
  return found;
}

async function runIn(place, specs, entrants, quick) {
  const { memory } = await import('../bench/subjects.mjs');
  const { openAll, origin } = await import('../bench/session.mjs');
  const { FULL, measure, QUICK } = await import('../bench/rounds.mjs');
  const { sayCase, saySlowdowns } = await import('../bench/report/terminal.mjs');
  const settings = quick ? QUICK : FULL;
  say(`\n${bold(`normlayers, time and error of every operation in ${place.name}`)}`);
  say(dim('  Medians; errors in units of 2⁻²³ of the scale of their bound (docs/accuracy.md).'));
  const measured = origin();
  const opened = await openAll(place, [memory, ...entrants]);
  const done = [];
  for (const [i, spec] of specs.entries()) {
    const settle = progress(`${i + 1} of ${specs.length}  ${caseName(spec)}`);
    const result = await measure(spec, opened, settings);
    settle();
    done.push(result);
    sayCase(result, entrants);
  }
  for (const { process: subject } of opened) await subject?.close();
  await place.close();
  saySlowdowns(done, entrants);
  return {
    place: place.name,
    machine: place.machine,
    made: new Date().toISOString(),
    ...measured,
    settings,
    cases: done,
  };
}

/** A line that says what is under way, where a terminal can take it back. */
function progress(text) {
  if (!process.stdout.isTTY) return () => {};
  process.stdout.write(`\n  ${dim(`· ${text}`)}`);
  return () => process.stdout.write('\r\x1b[K\x1b[A');
}

/** Whether a subject of ours broke a bound, or gave no result. */
function sayFaults({ cases }, entrants) {
  const ours = new Set(entrants.filter((subject) => subject.ours).map(({ key }) => key));
  const faults = cases.flatMap(({ results }) =>
    results.filter(({ subject, status, withinBounds }) => ours.has(subject) && (status !== 'timed' || !withinBounds)),
  );
  for (const { subject, status, reason } of faults) {
    say(red(`\n  ${subject}: ${status === 'timed' ? 'an error beyond its bound' : `${status} ${reason ?? ''}`}`));
  }
  return faults.length > 0;
}
