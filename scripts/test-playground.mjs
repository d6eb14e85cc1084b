// `npm run test:playground`: builds the playground, serves it below some path, and uses it in Chromium as people would.
// With words after `--`, only checks with one of them in their name run. Screenshots go to .cache/playground/. The last
// line counts the checks: `N passed, N failed`.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { main, Problem } from './lib/problem.mjs';
import { cache } from './lib/run.mjs';
import { bold, green, indented, red, say, step } from './lib/terminal.mjs';
import { buildPlayground } from './playground.mjs';
import { setup } from './setup.mjs';

/** Runs one check; a failure leaves a screenshot. */
async function check(name, body, visit, shots) {
  const done = step(name);
  try {
    const remark = await body(visit);
    const complaints = visit.complaints();
    if (complaints.length > 0) throw new Error(`The console says:\n${complaints.join('\n')}`);
    done(true, remark);
    return true;
  } catch (error) {
    done(false);
    indented(error.message);
    await visit.page.screenshot({ path: join(shots, 'failed.png'), fullPage: true }).catch(() => {});
    return false;
  }
}

await main(import.meta.url, async () => {
  say(`\n${bold('normlayers')}, the playground in Chromium\n`);
  await setup();
  await build();
  const folder = await buildPlayground();
  const { open } = await import('../playground/checks/browser.mjs');
  const { checks: all } = await import('../playground/checks/checks.mjs');
  const words = process.argv.slice(2);
  const checks = all.filter(([name]) => words.length === 0 || words.some((word) => name.includes(word)));
  const shots = join(cache, 'playground');
  mkdirSync(shots, { recursive: true });
  const browser = await open(folder, shots);
  if (!browser)
    throw new Problem('BROWSER', 'There is no Chromium.', 'Run "npm run browsers", or install one by hand.');
  let passed = 0;
  try {
    for (const [name, body] of checks) passed += (await check(name, body, browser.visit, shots)) ? 1 : 0;
  } finally {
    await browser.close();
  }
  const line = `${passed} passed, ${checks.length - passed} failed`;
  say(`\n${passed === checks.length ? green(line) : red(line)}`);
  return passed === checks.length ? 0 : 1;
});
