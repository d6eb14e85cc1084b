// workerd itself, which compiles no bytes at run time: the export condition of the root, the core with the imported module, and
// the error without either. The program is bundled as wrangler does it: by esbuild, with workerd's conditions, each .wasm a module apart.
import { spawn } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Problem } from '../lib/problem.mjs';
import { ask } from '../lib/run.mjs';
import { fileIn, load, need } from './versions.mjs';

const PACKAGES = {
  'linux-x64': '@cloudflare/workerd-linux-64',
  'linux-arm64': '@cloudflare/workerd-linux-arm64',
  'darwin-arm64': '@cloudflare/workerd-darwin-arm64',
};
const START_LIMIT = 20_000;

/** What wrangler resolves packages by. */
const CONDITIONS = ['workerd', 'worker', 'browser'];

/** Bundles a program; resolves to the names of the modules of WebAssembly that it imports. */
async function bundle(folder, entry, outfile, conditions) {
  const { build } = await load('esbuild');
  const modules = new Set();
  const apart = {
    name: 'wasm apart',
    setup(building) {
      building.onResolve({ filter: /\.wasm$/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
        if (pluginData === 'resolving') return undefined;
        const found = await building.resolve(path, { importer, resolveDir, kind, pluginData: 'resolving' });
        if (found.errors.length > 0) return found;
        copyFileSync(found.path, join(folder, basename(found.path)));
        modules.add(basename(found.path));
        return { path: `./${basename(found.path)}`, external: true };
      });
    },
  };
  await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    outfile: join(folder, outfile),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions,
    logLevel: 'silent',
    plugins: [apart],
  });
  return [...modules];
}

const configuration = (script, modules) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [
      (name = "${script}", esModule = embed "${script}"),
      ${modules.map((name) => `(name = "${name}", wasm = embed "${name}"),`).join('\n      ')}
    ],
    compatibilityDate = "2026-01-01",
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;

/** Serves a configuration for as long as one request takes, and resolves to the answer. */
async function request(program, folder, config) {
  const child = spawn(program, ['serve', config, '--control-fd=3'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  try {
    const port = await new Promise((resolve, reject) => {
      let said = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => {
          said += chunk;
        });
      }
      child.stdio[3].on('data', (chunk) => {
        for (const line of String(chunk).split('\n').filter(Boolean)) {
          const { event, port: opened } = JSON.parse(line);
          if (event === 'listen') resolve(opened);
        }
      });
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`workerd ended with ${code}: ${said.trim()}`)));
      setTimeout(() => reject(new Error(`workerd did not listen: ${said.trim()}`)), START_LIMIT).unref();
    });
    const response = await fetch(`http://127.0.0.1:${port}/`);
    const text = await response.text();
    if (!response.ok) throw new Error(`workerd answered ${response.status}: ${text.slice(0, 200)}`);
    return JSON.parse(text);
  } finally {
    child.kill();
  }
}

export const workerd = {
  name: 'workerd',
  async open({ folder }) {
    const name = PACKAGES[`${process.platform}-${process.arch}`];
    if (!name) throw new Problem('ABSENT', `there is no package of it for ${process.platform}-${process.arch}`);
    await need(name);
    const program = fileIn(name, 'bin/workerd');
    const version = ask(program, ['--version'])?.split(' ').at(-1);
    if (version === undefined) throw new Problem('ABSENT', 'workerd is here, and does not start');
    const running = (way, entry, conditions) => async () => {
      const script = `workerd-${way}.mjs`;
      const config = `workerd-${way}.capnp`;
      writeFileSync(join(folder, config), configuration(script, await bundle(folder, entry, script, conditions)));
      return request(program, folder, config);
    };
    return {
      version,
      ways: {
        import: running('import', 'request.mjs', CONDITIONS),
        core: running('core', 'request-core.mjs', CONDITIONS),
        // Who bundles without its condition gets the root that carries bytes.
        bytes: running('bytes', 'request.mjs', []),
      },
    };
  },
};
