// `npm run mutants -- rust|wasm|ts`: does the suite bite? Changes the code in one small place at a time and looks
// whether a test fails. `--shard k/n` runs every n-th mutant alone; what has an outcome is not run again, but for those
// that were missed with `--missed`; `--minutes m` starts nothing new after that time. `npm run mutants -- report` says
// how many were caught, and lists the others.

import { table } from '../bench/report/markdown.mjs';
import { main, Problem } from './lib/problem.mjs';
import { stamp } from './lib/stamp.mjs';
import { bold, green, indented, red, say, step } from './lib/terminal.mjs';
import { merged, record } from './mutants/record.mjs';
import { rust } from './mutants/rust.mjs';
import { typescript } from './mutants/typescript.mjs';
import { setup } from './setup.mjs';

const KINDS = { rust: rust('rust'), wasm: rust('wasm'), ts: typescript() };

/** The words of the command line: a kind or `report`, and options. */
function read(words) {
  const [what, ...rest] = words;
  const options = { shard: '0/1', minutes: Number.POSITIVE_INFINITY, missed: false };
  for (let i = 0; i < rest.length; i += 1) {
    if (rest[i] === '--shard' && /^\d+\/\d+$/.test(rest[i + 1] ?? '')) options.shard = rest[++i];
    else if (rest[i] === '--minutes' && Number(rest[i + 1]) > 0) options.minutes = Number(rest[++i]);
    else if (rest[i] === '--missed') options.missed = true;
    else throw new Problem('ARGUMENTS', `"${rest[i]}" is not understood.`, 'Options: --shard k/n --minutes m --missed');
  }
  if (what !== 'report' && !(what in KINDS)) {
    throw new Problem('ARGUMENTS', `There are no mutants "${what ?? ''}".`, 'There are: rust, wasm, ts; and report.');
  }
  return { what, options };
}

const count = (outcomes, ...which) => Object.values(outcomes).filter((outcome) => which.includes(outcome)).length;

/** Runs a shard's mutants that have no outcome yet. */
async function run(kind, { shard, minutes, missed }) {
  const mutants = KINDS[kind];
  const end = Date.now() + minutes * 60_000;
  await setup({ checks: true });
  await mutants.prepare();
  const known = record(kind, mutants.sources, shard);
  // If they failed, every mutant would look caught.
  const passed = stamp(`mutants-${kind}`, { inputs: mutants.baselineInputs, outputs: [] });
  if (!passed.fresh()) {
    const baseline = step('the tests, without a mutant');
    await mutants.baseline();
    baseline(true);
    passed.write();
  }
  const [k, n] = shard.split('/').map(Number);
  const isMine = (_, i) => i % n === k;
  let ran = 0;
  for await (const outcomes of mutants.run(isMine, { known: known.outcomes, missed, more: () => Date.now() < end })) {
    known.add(outcomes);
    ran += Object.keys(outcomes).length;
    const bad = Object.entries(outcomes).filter(([, outcome]) => outcome === 'missed');
    say(`  ${Object.keys(outcomes).length} run, ${bad.length} missed`);
    if (bad.length > 0) indented(bad.map(([name]) => name).join('\n'));
  }
  if (ran + Object.keys(known.outcomes).length === 0) {
    throw new Problem('MUTANTS', 'There is not one mutant: nothing was tested.');
  }
}

/** What is known of each kind: how far it was run, and what was not caught. */
async function figures() {
  const found = [];
  for (const [kind, { label, sources, extent }] of Object.entries(KINDS)) {
    const { outcomes, stale } = merged(kind, sources);
    const survivors = Object.keys(outcomes).filter((name) => outcomes[name] === 'missed');
    const run = Object.keys(outcomes).length - count(outcomes, 'unviable');
    if (run === 0) continue;
    const share = `${((100 * (run - survivors.length)) / run).toFixed(1)} %`;
    const [hash, endless] = [count(outcomes, 'bits'), count(outcomes, 'endless')];
    found.push({
      label,
      run,
      stale,
      share,
      hash,
      endless,
      survivors: survivors.sort(),
      extent: await extent(outcomes),
    });
  }
  return found;
}

/** The figures as a table for docs/testing.md, or null when nothing was run. */
export async function mutantsTable() {
  const rows = (await figures()).map(({ label, run, share, hash, endless, survivors, extent }) => [
    label,
    extent,
    run,
    run - survivors.length,
    share,
    endless,
    hash,
  ]);
  return rows.length === 0
    ? null
    : table(['', 'run', 'mutants', 'caught', 'share', 'of them by not ending', 'by the hash of bits alone'], rows);
}

/** Says what is known of all kinds; survivors make it fail. */
async function report() {
  let missed = 0;
  const found = await figures();
  if (found.length === 0) throw new Problem('MUTANTS', 'No mutant of these sources was run.');
  for (const { label, run, stale, share, hash, survivors, extent } of found) {
    missed += survivors.length;
    const byHash = hash > 0 ? `, ${hash} by the hash of bits alone` : '';
    say(`  ${bold(label)}, ${extent}: ${run - survivors.length} of ${run} caught, ${share}${byHash}`);
    if (stale > 0) say(`  ${stale} shards are of other sources: run them again`);
    indented(survivors.join('\n'));
  }
  say(missed === 0 ? green('No mutant was missed.') : red(`${missed} were missed.`));
  return missed === 0 ? 0 : 1;
}

await main(import.meta.url, async () => {
  const { what, options } = read(process.argv.slice(2));
  say(`\n${bold('normlayers')}, mutants\n`);
  return what === 'report' ? report() : run(what, options);
});
