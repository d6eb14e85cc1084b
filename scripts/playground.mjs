// `npm run playground` serves the playground while one works on it; with `-- --build` it is built into
// site/dist/playground/, which works under any path of any static server.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { main, Problem } from './lib/problem.mjs';
import { root } from './lib/run.mjs';
import { say, step } from './lib/terminal.mjs';
import { setup } from './setup.mjs';

const configFile = join(root, 'playground', 'vite.config.ts');

/** Returns the folder. */
export async function buildPlayground() {
  const vite = await import('vite');
  const done = step('playground');
  try {
    await vite.build({ configFile, logLevel: 'error' });
  } catch (error) {
    done(false);
    throw new Problem('PLAYGROUND', error.message);
  }
  done(true);
  return join(root, 'site', 'dist', 'playground');
}

async function serve() {
  const vite = await import('vite');
  const server = await vite.createServer({ configFile });
  await server.listen();
  say();
  server.printUrls();
  return new Promise(() => {});
}

function options() {
  try {
    return parseArgs({ options: { build: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    throw new Problem('ARGUMENTS', error.message, 'There is --build, and nothing else.');
  }
}

await main(import.meta.url, async () => {
  const { build: once } = options();
  await setup();
  await build();
  if (!once) return serve();
  await buildPlayground();
});
