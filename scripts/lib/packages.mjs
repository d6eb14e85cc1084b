// Packages that are no dependencies of the project (other libraries, other runtimes, what drives browsers): what a run
// needs is installed into a folder of the cache, at exactly the version asked for.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, run } from './run.mjs';

/**
 * Installs into `folder` what is not there yet of `wanted`: versions by name, or `npm:PACKAGE@VERSION` by the name that
 * the package shall have. Returns null, or what npm said when it could not.
 */
export async function installInto(folder, wanted) {
  const missing = Object.entries(wanted).filter(([name, spec]) => installed(folder, name) !== versionOf(spec));
  if (missing.length === 0) return null;
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
  // No scripts: some would fetch binaries from elsewhere.
  const packages = missing.map(([name, spec]) => `${name}@${spec}`);
  const words = ['install', '--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', ...packages];
  const [command, args, options] = npm(...words);
  const { code, output } = await run(command, args, { ...options, cwd: folder });
  return code === 0 ? null : output.trim();
}

const versionOf = (spec) => spec.slice(spec.lastIndexOf('@') + 1);

function installed(folder, name) {
  const manifest = join(folder, 'node_modules', name, 'package.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
}
