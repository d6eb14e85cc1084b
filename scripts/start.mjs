// `npm start`: sets up, builds, and trains the example on real digits. Arguments after -- are the example's.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { main, Problem } from './lib/problem.mjs';
import { cache, root } from './lib/run.mjs';
import { bold, say } from './lib/terminal.mjs';
import { setup } from './setup.mjs';

const ENTRY = 'examples/digits/main.ts';

/** The example as one file that Node runs; packages, normlayers too, stay imports. */
async function bundleExample() {
  const esbuild = await import('esbuild');
  const outfile = join(cache, 'examples', 'digits.mjs');
  try {
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: [ENTRY],
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      sourcemap: 'inline',
      logLevel: 'silent',
    });
  } catch (error) {
    throw new Problem('BUILD', error.message);
  }
  return outfile;
}

function start(file, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--enable-source-maps', file, ...args], {
      cwd: root,
      stdio: 'inherit',
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ? 1 : code));
  });
}

await main(import.meta.url, async () => {
  say(`\n${bold('normlayers')} on real digits\n`);
  await setup();
  await build();
  say();
  return start(await bundleExample(), process.argv.slice(2));
});
