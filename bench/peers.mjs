// The libraries that are measured beside ours. They are no dependencies of the package: what a run needs is installed
// into a folder of the cache, at exactly these versions.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, npm, run } from '../scripts/lib/run.mjs';

const folder = join(cache, 'peers');
export const peersFolder = join(folder, 'node_modules');

const LIBRARIES = {
  '@tensorflow/tfjs-core': '4.22.0',
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
  'onnxruntime-web': '1.30.0',
  '@jax-js/jax': '0.1.25',
};
const BROWSER_DRIVER = { 'puppeteer-core': '24.8.2' };

export const peerVersions = {
  tfjs: LIBRARIES['@tensorflow/tfjs-backend-wasm'],
  onnxruntime: LIBRARIES['onnxruntime-web'],
  'jax-js': LIBRARIES['@jax-js/jax'],
};

/** Installs what is not there yet; returns null, or what npm said when it could not. */
export async function installPeers({ libraries, browser }) {
  const wanted = { ...(libraries && LIBRARIES), ...(browser && BROWSER_DRIVER) };
  const missing = Object.entries(wanted).filter(([name, version]) => installed(name) !== version);
  if (missing.length === 0) return null;
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
  // No scripts: one of them would fetch binaries from elsewhere.
  const packages = missing.map(([name, version]) => `${name}@${version}`);
  const words = ['install', '--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', ...packages];
  const [command, args, options] = npm(...words);
  const { code, output } = await run(command, args, { ...options, cwd: folder });
  return code === 0 ? null : output.trim();
}

function installed(name) {
  const manifest = join(peersFolder, name, 'package.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
}
