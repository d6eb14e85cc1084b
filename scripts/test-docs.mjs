// `npm run test:docs`: builds the site, then opens every page of it in Chromium. Takes a minute or two, and a browser, so it
// is apart from `npm test`, which runs every block of code of the same documents. The last line counts: `N passed, N failed`.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { chromium, programOf } from './lib/browsers.mjs';
import { main, Problem } from './lib/problem.mjs';
import { root } from './lib/run.mjs';
import { ended, green, indented, red, say } from './lib/terminal.mjs';

await main(import.meta.url, async () => {
  if (!programOf(chromium)) {
    throw new Problem('NO_BROWSER', 'There is no Chromium.', 'Run "npm run browsers", or install one by hand.');
  }
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'docs.mjs')], { stdio: 'inherit' });
  if (status !== 0) return status ?? 1;
  const { check } = await import('../site/check.mjs');
  const counts = { passed: 0, failed: 0 };
  const start = Date.now();
  await check((name, faults) => {
    counts[faults.length === 0 ? 'passed' : 'failed'] += 1;
    if (faults.length === 0) return;
    say(`  ${red(name)}`);
    indented(faults.join('\n'));
  });
  ended(counts.failed === 0, 'every page, in Chromium', Date.now() - start, `${counts.passed} passed`);
  const line = `${counts.passed} passed, ${counts.failed} failed`;
  say(`\n${counts.failed === 0 ? green(line) : red(line)}`);
  return counts.failed === 0 ? 0 : 1;
});
