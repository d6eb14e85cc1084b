// Start-up: ours alone, in Node processes that are started for it.
import { bold, dim, progress, red, say } from '../../scripts/lib/terminal.mjs';
import { nodePlace } from '../places/node.mjs';
import { writeStartUp } from '../report/documents.mjs';
import { sayStartUp } from '../report/terminal.mjs';
import { keepResults, origin } from '../session.mjs';
import { FULL, measureStartUp, QUICK } from '../start-up.mjs';

/** Resolves to whether all results were right. A missed target is told, and is no failure. */
export async function run({ quick, out }) {
  const processes = quick ? QUICK : FULL;
  say(`\n${bold(`normlayers, from its import to steady speed in ${nodePlace.name}`)}`);
  say(dim(`  Medians over ${processes} processes of each kind.`));
  const measured = origin(nodePlace);
  const settle = progress('processes start one after the other');
  const figures = await measureStartUp(processes);
  settle();
  sayStartUp(figures);

  const faults = Object.values(figures).filter(({ status }) => status !== 'timed');
  for (const { status, reason } of faults) say(red(`\n  ${status} ${reason ?? ''}`));
  await keepResults({
    out,
    whole: !quick,
    name: `start-up-${nodePlace.key}`,
    results: { ...measured, settings: { processes }, ...figures },
    write: writeStartUp,
  });
  return faults.length === 0;
}
