// What the test of the package installs besides runtimes (scripts/lib/runtimes.mjs pins those): bundlers, compilers and
// checkers, each at one version, into one folder of the cache, when it is first asked for.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installInto } from '../lib/packages.mjs';
import { Problem } from '../lib/problem.mjs';
import { cache } from '../lib/run.mjs';

const folder = join(cache, 'places');

const VERSIONS = {
  esbuild: '0.28.2',
  rollup: '4.68.8',
  '@rollup/plugin-node-resolve': '16.0.3',
  webpack: '5.112.2',
  vite: '8.3.8',
  'typescript-5.0': 'npm:typescript@5.0.4',
  'typescript-5.4': 'npm:typescript@5.4.5',
  'typescript-5.9': 'npm:typescript@5.9.3',
  'typescript-6.0': 'npm:typescript@6.0.3',
  'typescript-7.0': 'npm:typescript@7.0.2',
  '@cloudflare/workerd-linux-64': '1.20261117.1',
  '@cloudflare/workerd-linux-arm64': '1.20261117.1',
  '@cloudflare/workerd-darwin-arm64': '1.20261117.1',
  publint: '0.3.25',
  '@arethetypeswrong/cli': '0.18.5',
};

/** The version that is asked for, without what npm wants around it. */
export const versionOf = (name) => VERSIONS[name].split('@').at(-1);

/** Where a file of an installed package is. */
export const fileIn = (name, path) => join(folder, 'node_modules', name, path);

/** Installs packages of the table; what cannot be installed makes the place that needs it absent, not broken. */
export async function need(...names) {
  const wanted = Object.fromEntries(names.map((name) => [name, VERSIONS[name]]));
  const complaint = await installInto(folder, wanted);
  if (complaint) throw new Problem('ABSENT', `not installed: ${complaint.split('\n')[0]}`);
}

/** Installs a package of the table and imports it. */
export async function load(name) {
  await need(name);
  return import(pathToFileURL(createRequire(join(folder, 'any.js')).resolve(name)));
}
