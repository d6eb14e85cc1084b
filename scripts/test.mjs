// `npm test`: sets up, builds, and runs every check, each as one step. A failing step does not stop the others.
// `npm test -- NAME…` runs the named steps alone; what follows the last name goes to that step's program:
// `npm test -- jest tests/simd`, `npm test -- native layer_norm`. The last line counts tests: `N passed, N failed`.
// A step that needs much time or much from outside (`onRequest`) runs when it is named, and with `npm run test:full`, which
// also has the tests try harder (NORMLAYERS_EFFORT=full).

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { main, Problem } from './lib/problem.mjs';
import { cache, run } from './lib/run.mjs';
import { bold, dim, green, indented, red, say, step } from './lib/terminal.mjs';
import { setup } from './setup.mjs';
import { STEPS } from './testing/steps.mjs';

const SHOWN_LINES = 120;

/** The file with all that a step printed. */
function keep(name, output) {
  const log = join(cache, 'logs', `${name}.log`);
  mkdirSync(join(cache, 'logs'), { recursive: true });
  writeFileSync(log, output);
  return log;
}

/** The end of what a failed step printed. */
function showFailure(output, log) {
  const lines = output.trimEnd().split('\n');
  indented(lines.slice(-SHOWN_LINES).join('\n'));
  if (lines.length > SHOWN_LINES)
    indented(dim(`… the last ${SHOWN_LINES} of ${lines.length} lines; all are in ${log}`));
}

/** Runs one check to its end and returns its tests; a failed step has at least one failure. */
async function check({ name, label, patience, prepare, commands, report, count, shows }, extra) {
  await prepare?.();
  const done = step(label, patience);
  if (report) rmSync(report, { force: true });
  let output = '';
  let ok = true;
  for (const [command, args] of commands) {
    const result = await run(command, [...args, ...extra]);
    output += result.output;
    ok = ok && result.code === 0;
  }
  let counts = { passed: 0, failed: 0 };
  try {
    if (count) counts = count(output);
  } catch (error) {
    output += `\nNo count could be read: ${error.message}\n`;
    ok = false;
  }
  if (count && counts.passed + counts.failed === 0) {
    output += '\nNo test ran.\n';
    ok = false;
  }
  if (!ok) counts.failed = Math.max(counts.failed, 1);

  const failed = counts.failed > 0 ? red(`${counts.failed} failed`) : '';
  const passed = count ? `${counts.passed} passed` : '';
  done(ok && counts.failed === 0, [passed, failed].filter(Boolean).join(', '));
  const log = keep(name, output);
  if (counts.failed > 0) showFailure(output, log);
  else if (shows) say(`\n${output.trimEnd()}`);
  return counts;
}

/** Splits the command line into the steps to run and what is meant for the last of them. */
function choose([...words]) {
  const isFull = words[0] === '--full';
  if (isFull) {
    words.shift();
    process.env.NORMLAYERS_EFFORT = 'full';
  }
  const names = STEPS.map(({ name }) => name);
  const first = words.findIndex((word) => !names.includes(word));
  const chosen = first === -1 ? words : words.slice(0, first);
  const extra = first === -1 ? [] : words.slice(first);
  if (chosen.length === 0 && extra.length > 0) {
    throw new Problem('ARGUMENTS', `There is no step "${extra[0]}".`, `The steps are: ${names.join(', ')}.`);
  }
  const runs = ({ name, onRequest }) => (chosen.length === 0 ? isFull || !onRequest : chosen.includes(name));
  return { checks: STEPS.filter(runs), extra };
}

/** The build as a step: true when dist/ can be tested. */
async function tryBuild() {
  try {
    await build();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return false;
  }
}

/** The last line: of tests, or of steps where none of those that ran has tests. */
function closing({ passed, failed }, checks = STEPS) {
  const counted = failed > 0 || checks.some(({ count }) => count !== undefined);
  const line = counted ? `${passed} passed, ${failed} failed` : `${checks.length} steps passed`;
  say(`\n${failed === 0 ? green(line) : red(line)}`);
  return failed === 0 ? 0 : 1;
}

await main(import.meta.url, async () => {
  const total = { passed: 0, failed: 0 };
  const { checks, extra } = choose(process.argv.slice(2));
  const all = checks.length >= STEPS.filter(({ onRequest }) => !onRequest).length;
  say(`\n${bold('normlayers')}, ${all ? 'every check' : checks.map(({ name }) => name).join(', ')}\n`);
  try {
    await setup({ checks: true });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(`\n  ${red(error.message)}\n  ${error.cure}`);
    return closing({ passed: 0, failed: 1 });
  }

  let built;
  for (const entry of checks) {
    const needsBuild = entry.needsBuild || entry.name === 'build';
    if (needsBuild && built === undefined) {
      built = await tryBuild();
      if (!built) total.failed += 1;
    }
    if (entry.name === 'build') continue;
    if (needsBuild && !built) {
      step(entry.label)(false, 'not run: there is nothing to test without a build');
      total.failed += 1;
      continue;
    }
    const { passed, failed } = await check(entry, entry === checks.at(-1) ? extra : []);
    total.passed += passed;
    total.failed += failed;
  }
  return closing(total, checks);
});
