// Awkward shapes: one subject, ours unless another is given, in Node, each shape in turns with its friendly neighbour.
import { Problem } from '../../scripts/lib/problem.mjs';
import { bold, dim, progress, red, say } from '../../scripts/lib/terminal.mjs';
import { awkwardFamilies, compare, misses } from '../awkward.mjs';
import { label, size } from '../cases.mjs';
import { nodePlace } from '../places/node.mjs';
import { writeAwkward } from '../report/documents.mjs';
import { caseName } from '../report/figures.mjs';
import { sayFamily } from '../report/terminal.mjs';
import { FULL, QUICK, QUICK_SIZE } from '../rounds.mjs';
import { keepResults, openAll, origin } from '../session.mjs';
import { subjectOf, subjects } from '../subjects.mjs';

/** Resolves to whether all outputs were within their bounds. A missed target is told, and is no failure. */
export async function run({ quick, words, out, subject: files }) {
  const chosen = (spec) => words.every((word) => label(spec).includes(word)) && (!quick || size(spec) <= QUICK_SIZE);
  const families = awkwardFamilies
    .map(({ neighbour, shapes }) => ({ neighbour, shapes: shapes.filter(chosen) }))
    .filter(({ shapes }) => shapes.length > 0);
  if (families.length === 0) throw new Problem('ARGUMENTS', `No shape has all of "${words.join(' ')}" in its label.`);

  const settings = quick ? QUICK : FULL;
  const [entrant] = [...files.map(subjectOf), ...subjects];
  say(`\n${bold(`${entrant.name}, awkward shapes beside friendly ones in ${nodePlace.name}`)}`);
  say(dim('  Medians; errors in units of 2⁻²³ of the scale of their bound (docs/accuracy.md).'));
  const measured = origin(nodePlace);
  const [{ process: subject, failed }] = await openAll(nodePlace, [entrant]);
  if (failed) throw new Problem('SUBJECT', `${entrant.name} does not run here: ${failed}`);
  const done = [];
  for (const [i, family] of families.entries()) {
    const settle = progress(`${i + 1} of ${families.length}  ${caseName(family.neighbour)}`);
    done.push(await compare(family, subject, settings));
    settle();
    sayFamily(done.at(-1));
  }
  await subject.close();

  const all = done.flatMap(({ neighbour, shapes }) => [neighbour, ...shapes]);
  // The bounds are ours; who has no kernel for a shape has none.
  const faults = all.filter(({ status, withinBounds }) => entrant.ours && (status !== 'timed' || !withinBounds));
  for (const { spec, status, reason } of faults) {
    const fault = status === 'timed' ? 'an error beyond its bound' : `${status} ${reason ?? ''}`;
    say(red(`\n  ${caseName(spec)}: ${fault}`));
  }
  const compared = done.flatMap(({ shapes }) => shapes).filter(({ ratio }) => ratio !== undefined);
  say(`\n  ${compared.length - misses(done).length} of ${compared.length} shapes are within their target`);
  await keepResults({
    out,
    whole: !quick && words.length === 0 && files.length === 0,
    name: `awkward-${nodePlace.key}`,
    results: { ...measured, settings, families: done },
    write: writeAwkward,
  });
  return faults.length === 0;
}
