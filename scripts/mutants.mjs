// `npm run mutants -- rust|wasm|ts`: does the suite bite? Changes the code in one small place at a time and looks
// whether a test fails. They are run in a random order: `--sample n` runs the first n, `--seed s` chooses another order,
// `--shard k/n` takes every n-th alone, and `--minutes m` begins nothing new after that time. What has an outcome is not
// run again, but for those that were missed with `--missed`. `npm run mutants -- report` says how many were caught, and
// lists the others.

import { cpus } from 'node:os';
import { table } from '../bench/report/markdown.mjs';
import { main, Problem } from './lib/problem.mjs';
import { stamp } from './lib/stamp.mjs';
import { bold, green, indented, red, say, step } from './lib/terminal.mjs';
import { isMissed, isNoticed, merged, record } from './mutants/record.mjs';
import { rust } from './mutants/rust.mjs';
import { interval, shuffled } from './mutants/sample.mjs';
import { typescript } from './mutants/typescript.mjs';
import { setup } from './setup.mjs';

const KINDS = { rust: rust('rust'), wasm: rust('wasm'), ts: typescript() };

const isCount = (word) => /^[1-9]\d*$/.test(word ?? '');
const OPTIONS = {
  '--shard': { is: (word) => /^\d+\/\d+$/.test(word ?? ''), read: String },
  '--sample': { is: isCount, read: Number },
  '--seed': { is: isCount, read: Number },
  '--jobs': { is: isCount, read: Number },
  '--minutes': { is: (word) => Number(word) > 0, read: Number },
};

/** The words of the command line: a kind or `report`, and options. */
function read(words) {
  const [what, ...rest] = words;
  const options = {
    shard: '0/1',
    sample: Number.POSITIVE_INFINITY,
    seed: 1,
    jobs: cpus().length,
    minutes: Number.POSITIVE_INFINITY,
    missed: false,
  };
  for (let i = 0; i < rest.length; i += 1) {
    const option = OPTIONS[rest[i]];
    if (rest[i] === '--missed') options.missed = true;
    else if (option?.is(rest[i + 1])) options[rest[i].slice(2)] = option.read(rest[++i]);
    else {
      const all = 'Options: --sample n --seed s --shard k/n --minutes m --jobs j --missed';
      throw new Problem('ARGUMENTS', `"${rest[i]}" is not understood.`, all);
    }
  }
  if (what !== 'report' && !(what in KINDS)) {
    throw new Problem('ARGUMENTS', `There are no mutants "${what ?? ''}".`, 'There are: rust, wasm, ts; and report.');
  }
  return { what, options };
}

/** If they failed, every mutant would look caught. */
async function checkBaseline(kind, mutants) {
  const passed = stamp(`mutants-${kind}`, { inputs: mutants.baselineInputs, outputs: [] });
  if (passed.fresh()) return;
  const baseline = step('the tests, without a mutant');
  await mutants.baseline();
  baseline(true);
  passed.write();
}

/** Runs a shard's mutants that have no outcome yet. */
async function run(kind, { shard, sample, seed, jobs, minutes, missed }) {
  const mutants = KINDS[kind];
  const end = Date.now() + minutes * 60_000;
  await setup({ checks: true });
  await mutants.prepare();
  const known = record(kind, mutants, shard);
  const names = known.names ?? (await mutants.list());
  if (names.length === 0) throw new Problem('MUTANTS', 'There is not one mutant: nothing was tested.');
  known.begin({ names, seed });
  await checkBaseline(kind, mutants);
  const [k, n] = shard.split('/').map(Number);
  const wanted = shuffled(names, seed)
    .slice(0, sample)
    .filter((_, i) => i % n === k)
    .filter((name) => (missed ? name in known.outcomes && isMissed(known.outcomes[name]) : !known.stands(name)));
  say(`  ${wanted.length} to run, of ${names.length}`);
  for (let i = 0; i < wanted.length && Date.now() < end; i += mutants.lot) {
    known.look();
    const { outcomes, unknown } = await mutants.run(wanted.slice(i, i + mutants.lot), { jobs });
    known.add(outcomes);
    if (unknown.length > 0) {
      const cure = 'It is neither caught nor missed. What was seen of the others is recorded.';
      throw new Problem('MUTANTS', `What became of a mutant is not known:\n${unknown.join('\n')}`, cure);
    }
    const bad = Object.entries(outcomes).filter(([, seen]) => isMissed(seen));
    say(`  ${Object.keys(outcomes).length} run, ${bad.length} missed`);
    if (bad.length > 0) indented(bad.map(([name, { outcome }]) => `${outcome}  ${name}`).join('\n'));
  }
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** What is known of each kind: how far it was run, and what was not caught. */
function figures() {
  const found = [];
  for (const [kind, mutants] of Object.entries(KINDS)) {
    const known = merged(kind, mutants);
    if (known === null) continue;
    const all = Object.entries(known.outcomes);
    const viable = all.filter(([, seen]) => isNoticed(seen) || isMissed(seen));
    const count = (outcome) => viable.filter(([, seen]) => seen.outcome === outcome).length;
    const isWhole = all.length === known.total;
    // Tests that were written for survivors of a sample say nothing of the mutants that were not drawn.
    const first = viable.filter(([, { first }]) => isNoticed({ outcome: first })).length;
    const [low, high] = interval(first, viable.length, Math.round((known.total * viable.length) / all.length));
    found.push({
      label: mutants.label,
      extent: isWhole
        ? `all ${known.total}`
        : `a random ${all.length} of ${known.total} (seed ${known.seeds.join(', ')})`,
      run: viable.length,
      unviable: all.length - viable.length,
      first,
      caught: viable.filter(([, seen]) => isNoticed(seen)).length,
      of: isWhole ? '' : `${percent(low)} to ${percent(high)}`,
      counts: ['endless', 'crashed', 'bits', 'set-up'].map(count),
      survivors: viable
        .filter(([, seen]) => isMissed(seen))
        .map(([name, { outcome }]) => `${outcome}  ${name}`)
        .sort(),
      state: `${known.date}, ${known.sources.slice(0, 8)}`,
      isPresent: known.isPresent,
      toRepeat: known.toRepeat,
      others: known.others,
    });
  }
  return found;
}

/** The figures as a table for docs/testing.md, or null when nothing was run. */
export function mutantsTable() {
  const rows = figures().map(({ label, extent, unviable, run, first, caught, of, counts, state }) => [
    label,
    extent,
    unviable,
    run,
    `${first}, ${percent(first / run)}`,
    of,
    `${caught}, ${percent(caught / run)}`,
    ...counts,
    state,
  ]);
  const head = [
    '',
    'run',
    'not compiled',
    'compiled',
    'caught at first',
    'so of all (95 %)',
    'caught now',
    'not ending',
    'crash',
    'hash alone',
    'set-up alone',
    'state',
  ];
  return rows.length === 0 ? null : table(head, rows);
}

/** Says what is known of all kinds; survivors make it fail. */
function report() {
  const found = figures();
  if (found.length === 0) throw new Problem('MUTANTS', 'No mutant was run.');
  let missed = 0;
  for (const each of found) {
    const { label, extent, run, unviable, first, caught, of, survivors, state, isPresent, toRepeat, others } = each;
    const [endless, crashed, bits, setUp] = each.counts;
    missed += survivors.length;
    say(`  ${bold(label)}: ${extent} were run; ${unviable} do not compile`);
    say(`  caught now ${caught} of ${run}, ${percent(caught / run)}; at first ${first}, ${percent(first / run)}`);
    if (of) say(`  by which ${of} of all are caught (95 % confidence)`);
    say(`  ${endless} by not ending, ${crashed} by a crash, ${bits} by the hash of bits alone`);
    if (setUp > 0) say(`  ${setUp} only keep the tests from running: counted as missed`);
    say(`  sources ${state}${isPresent ? '' : ', which have changed since: run them again'}`);
    if (toRepeat > 0) say(`  the tests of ${toRepeat} have changed since: run them again`);
    if (others > 0) say(`  ${others} shards are of other sources`);
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
