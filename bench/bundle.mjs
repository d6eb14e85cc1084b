// Makes one module of a subject and what it imports, so that peers come from their folder and browsers need no resolver.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { cache, root } from '../scripts/lib/run.mjs';
import { peersFolder } from './peers.mjs';

// Some peers are CommonJS at heart, and look for the folder of their file.
const NODE_BANNER = [
  "import { createRequire } from 'node:module';",
  "import { fileURLToPath as __toPath } from 'node:url';",
  'const require = createRequire(import.meta.url);',
  'const __filename = __toPath(import.meta.url);',
  "const __dirname = __toPath(new URL('.', import.meta.url));",
].join('\n');

/** `entry` is a path in bench/; `platform` 'node' or 'browser'. Returns the path of the module. */
export async function bundle(entry, platform) {
  const outfile = join(cache, 'bench', platform, entry.replaceAll('/', '-'));
  const node = platform === 'node';
  const peers = node ? peersFolder : '/peers';
  await build({
    absWorkingDir: root,
    entryPoints: [`bench/${entry}`],
    outfile,
    bundle: true,
    format: 'esm',
    platform,
    mainFields: ['module', 'main'],
    conditions: node ? ['node'] : ['browser'],
    target: 'es2022',
    logLevel: 'error',
    nodePaths: [peersFolder],
    define: { 'globalThis.PEERS': JSON.stringify(peers), 'globalThis.PEERS_BY_URL': String(!node) },
    external: node ? ['normlayers'] : [],
    alias: node ? {} : { normlayers: join(root, 'dist/index.js'), 'onnxruntime-web': 'onnxruntime-web/wasm' },
    plugins: node ? [standsAlone('onnxruntime-web', 'dist/ort.node.min.mjs')] : [],
    ...(node && { banner: { js: NODE_BANNER } }),
  });
  return outfile;
}

/** A peer that loads files beside its own, and so must stay where it is. */
const standsAlone = (name, file) => ({
  name: `${name} stands alone`,
  setup({ onResolve }) {
    const path = pathToFileURL(join(peersFolder, name, file)).href;
    onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path, external: true }));
  },
});
