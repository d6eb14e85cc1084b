// `npm run accuracy`: the largest error of every operation, ours beside others, on data ever farther from zero.
//
//   npm run accuracy                     all; the results replace those in bench/results/ and docs/
//   npm run accuracy -- --no-peers       without what would have to be installed; nothing is written
//   npm run accuracy -- --out DIR        results to DIR, nothing of the repository is written
import { parseArgs } from 'node:util';
import { caseName, offsetName, units } from '../bench/report/figures.mjs';
import { build } from './build.mjs';
import { main, Problem } from './lib/problem.mjs';
import { bold, dim, green, red, say } from './lib/terminal.mjs';
import { setup } from './setup.mjs';

const OPTIONS = { 'no-peers': { type: 'boolean', default: false }, out: { type: 'string' } };

function options() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw new Problem('ARGUMENTS', error.message, 'The head of scripts/accuracy.mjs lists what there is.');
  }
}

await main(import.meta.url, async () => {
  const chosen = options();
  await setup();
  await build();
  // What they import is there only after set-up.
  const { climb, ladderCases, OFFSETS } = await import('../bench/ladder.mjs');
  const { subjects, textbook } = await import('../bench/subjects.mjs');
  const { nodePlace } = await import('../bench/places/node.mjs');
  const { keepResults, openAll, origin, peersAreThere } = await import('../bench/session.mjs');
  const { BOUNDS } = await import('../bench/rounds.mjs');
  const { writeAccuracy } = await import('../bench/report/documents.mjs');

  const peers = !chosen['no-peers'] && (await peersAreThere());
  const entrants = [...subjects.filter(({ key, peer }) => key !== 'copies' && (peers || !peer)), textbook];
  const measured = origin(nodePlace);
  const opened = await openAll(nodePlace, entrants);
  say(`\n${bold('normlayers, the largest error of every operation')}`);
  say(dim('  In units of 2⁻²³ of the scale of its bound (docs/accuracy.md), by the offset of x in spreads.'));
  const cases = [];
  for (const spec of ladderCases) {
    cases.push(await climb(spec, opened));
    sayCase(cases.at(-1), entrants, OFFSETS);
  }
  for (const { process: subject } of opened) await subject?.close();

  const ours = cases.map(({ results }) => results.find(({ subject }) => subject === 'normlayers'));
  const within = ours.every(
    ({ rungs }) =>
      rungs.length === OFFSETS.length &&
      rungs.every(({ errors }) => Object.entries(errors).every(([name, error]) => error <= BOUNDS[name])),
  );
  say(`\n  ${within ? green('normlayers holds its bounds on every rung') : red('normlayers breaks a bound')}`);
  const results = { ...measured, offsets: OFFSETS, cases };
  await keepResults({ out: chosen.out, whole: peers, name: 'accuracy', results, write: writeAccuracy });
  return within ? 0 : 1;
});

function sayCase({ spec, results }, entrants, offsets) {
  const line = (name, cells) => `    ${name.padEnd(20)}${cells.map((cell) => cell.padStart(11)).join('')}`;
  say(`\n  ${bold(caseName(spec))}`);
  say(dim(line('', offsets.map(offsetName))));
  for (const { subject, rungs, reason } of results) {
    const { name } = entrants.find(({ key }) => key === subject);
    const cells = rungs.map(({ error }) => units(error));
    if (cells.length > 0) say(line(name, cells));
    else say(`    ${name.padEnd(20)}  ${reason ? red(`failed: ${reason}`) : dim('does not have this operation')}`);
  }
}
