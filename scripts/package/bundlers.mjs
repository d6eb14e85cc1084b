// Bundlers: what each makes of a program that uses the package is run, in Node and in a page, and what each leaves of the
// package for a program that uses one operation is weighed beside the whole.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { chromium } from '../lib/browsers.mjs';
import { serve } from '../lib/server.mjs';
import { answerIn, openBrowser, pageWith } from './browsers.mjs';
import { load, need, versionOf } from './versions.mjs';

/** Each bundles `entry` of the project into one minified module, `out/bundle.mjs`. */
const BUNDLERS = {
  async esbuild(folder, entry, out) {
    const { build } = await load('esbuild');
    await build({
      absWorkingDir: folder,
      entryPoints: [entry],
      outfile: join(out, 'bundle.mjs'),
      bundle: true,
      minify: true,
      format: 'esm',
      logLevel: 'silent',
      // A warning of a user's bundler is a fault of ours.
      logOverride: { 'empty-import-meta': 'error' },
    });
  },

  async rollup(folder, entry, out) {
    const { rollup } = await load('rollup');
    const { default: resolve } = await load('@rollup/plugin-node-resolve');
    const { minify } = await load('esbuild').then(({ transform }) => ({
      minify: (code) => transform(code, { minify: true, format: 'esm' }),
    }));
    const bundle = await rollup({
      input: join(folder, entry),
      plugins: [resolve()],
      onwarn: ({ message }) => {
        throw new Error(message);
      },
    });
    const { output } = await bundle.generate({ format: 'es', inlineDynamicImports: true });
    await bundle.close();
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, 'bundle.mjs'), (await minify(output[0].code)).code);
  },

  async webpack(folder, entry, out) {
    const { default: webpack } = await load('webpack');
    const compiler = webpack({
      context: folder,
      entry: `./${entry}`,
      mode: 'production',
      target: 'es2022',
      performance: false,
      experiments: { outputModule: true },
      output: { path: out, filename: 'bundle.mjs', module: true, library: { type: 'module' } },
    });
    const stats = await new Promise((resolve, reject) => {
      compiler.run((error, result) => (error ? reject(error) : resolve(result)));
    });
    await new Promise((resolve) => compiler.close(resolve));
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    const said = [...errors, ...warnings].map(({ message }) => message);
    if (said.length > 0) throw new Error(said.join('\n'));
  },

  async 'Vite build'(folder, entry, out) {
    const { build } = await load('vite');
    await build({
      root: folder,
      configFile: false,
      logLevel: 'silent',
      build: {
        outDir: out,
        modulePreload: { polyfill: false },
        // As an application, whose entry keeps its exports, so that it can be asked; a library's build keeps white space.
        rolldownOptions: {
          input: join(folder, entry),
          preserveEntrySignatures: 'strict',
          output: { entryFileNames: 'bundle.mjs' },
        },
      },
    });
  },
};

const versions = { esbuild: 'esbuild', rollup: 'rollup', webpack: 'webpack', 'Vite build': 'vite' };

/** The code of a bundle, in bytes: as it is, after gzip and after brotli. */
function weigh(folder) {
  const code = readFileSync(join(folder, 'bundle.mjs'));
  return { raw: code.length, gzip: gzipSync(code, { level: 9 }).length, brotli: brotliCompressSync(code).length };
}

function bundler([name, bundle]) {
  return {
    name,
    async open({ folder, answerOf, installed }) {
      await need(versions[name]);
      const bundled = async (entry) => {
        const out = join(folder, 'bundles', name.replace(' ', '-'), entry);
        await bundle(folder, entry, out);
        const extra = readdirSync(out).filter((file) => file !== 'bundle.mjs');
        if (extra.length > 0) throw new Error(`${extra.join(', ')} beside the bundle`);
        return out;
      };
      /** The answer of a bundle of one operation, and its size beside the whole. */
      const alone = (entry, whole, answer) => async () => {
        const out = await bundled(entry);
        const sizes = { alone: weigh(out), whole: weigh(await bundled(whole)) };
        return { ...(await answer(out)), sizes };
      };
      return {
        version: versionOf(versions[name]),
        ways: {
          node: async () => answerOf(join(await bundled('root.mjs'), 'bundle.mjs')),
          page: async () => inPage(await bundled('page.mjs')),
          alone: alone('alone.mjs', 'whole.mjs', (out) => answerOf(join(out, 'bundle.mjs'))),
          core: alone('core-alone.mjs', 'core-whole.mjs', (out) => {
            cpSync(join(installed, 'dist', 'normlayers.wasm'), join(out, 'normlayers.wasm'));
            const program = join(out, 'program.mjs');
            writeFileSync(
              program,
              `import { readFileSync } from 'node:fs';
               import ask from './bundle.mjs';
               export default () => ask(readFileSync(new URL('normlayers.wasm', import.meta.url)));`,
            );
            return answerOf(program);
          }),
        },
      };
    },
  };
}

async function inPage(out) {
  const { page, close } = await openBrowser(chromium);
  const { origin, close: stop } = await serve({ project: out }, pageWith('bundle.mjs'));
  try {
    return await answerIn(page, origin);
  } finally {
    stop();
    await close();
  }
}

const viteDev = {
  name: 'Vite dev',
  async open({ folder }) {
    const { createServer } = await load('vite');
    const page = async () => {
      writeFileSync(join(folder, 'index.html'), pageWith('page.mjs').replace('/project/', '/'));
      const server = await createServer({
        root: folder,
        configFile: false,
        logLevel: 'silent',
        cacheDir: join(folder, 'vite-cache'),
        server: { port: 0, host: '127.0.0.1', watch: null },
      });
      await server.listen();
      const { page: opened, close } = await openBrowser(chromium);
      try {
        return await answerIn(opened, `http://127.0.0.1:${server.httpServer.address().port}/`);
      } finally {
        await close();
        await server.close();
      }
    };
    return { version: versionOf('vite'), ways: { page } };
  },
};

export const inBundlers = {
  key: 'bundlers',
  title: 'Bundlers',
  columns: { node: 'in Node', page: 'in Chromium', alone: 'layerNorm alone', core: 'of the core' },
  judge: { alone: 'smaller', core: 'smaller', otherwise: 'numbers' },
  places: [...Object.entries(BUNDLERS).map(bundler), viteDev],
};
