// The main run: every case by every subject, in Node or in browsers.
import { Problem } from '../../scripts/lib/problem.mjs';
import { bold, dim, progress, red, say } from '../../scripts/lib/terminal.mjs';
import { cases, label, size } from '../cases.mjs';
import { nodePlace } from '../places/node.mjs';
import { writePerformance } from '../report/documents.mjs';
import { caseName } from '../report/figures.mjs';
import { sayCase, saySlowdowns } from '../report/terminal.mjs';
import { FULL, measure, QUICK, QUICK_SIZE } from '../rounds.mjs';
import { keepResults, openAll, origin, peersAreThere } from '../session.mjs';
import { memory, subjectOf, subjects } from '../subjects.mjs';

/** Resolves to whether ours kept to its bounds everywhere. */
export async function run(chosen) {
  const specs = cases.filter(
    (spec) => chosen.words.every((word) => label(spec).includes(word)) && (!chosen.quick || size(spec) <= QUICK_SIZE),
  );
  if (specs.length === 0)
    throw new Problem('ARGUMENTS', `No case has all of "${chosen.words.join(' ')}" in its label.`);

  const others = chosen.subject.map(subjectOf);
  const peers = !chosen['no-peers'] && (await peersAreThere());
  const entrants = [...subjects.filter(({ peer }) => peers || !peer), ...others];
  const whole = !chosen.quick && chosen.words.length === 0 && chosen.subject.length === 0 && peers;
  let right = true;
  for (const place of await places(chosen.browser)) {
    const results = await runIn(place, specs, entrants, chosen.quick);
    right = !sayFaults(results, entrants) && right;
    await keepResults({ out: chosen.out, whole, name: place.key, results, write: writePerformance });
  }
  return right;
}

async function places(browser) {
  if (!browser) return [nodePlace];
  const { browserPlaces } = await import('../places/browser.mjs');
  const { places: found, missing } = await browserPlaces();
  for (const title of missing) say(`\n  ${red(`${title} is not installed here`)}: its part is left out.`);
  return found;
}

async function runIn(place, specs, entrants, quick) {
  const settings = quick ? QUICK : FULL;
  say(`\n${bold(`normlayers, time and error of every operation in ${place.name}`)}`);
  say(dim('  Medians; errors in units of 2⁻²³ of the scale of their bound (docs/accuracy.md).'));
  const measured = origin(place);
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
  return { ...measured, settings, cases: done };
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
