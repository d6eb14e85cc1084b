// Builds dist/: the kernels as one optimised .wasm, the library as a few ES modules, and its types as documentation.
// Each stage is skipped while the bytes it reads and those it wrote are the same as last time.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main, Problem } from './lib/problem.mjs';
import { ask, cache, root, run } from './lib/run.mjs';
import { stamp } from './lib/stamp.mjs';
import { dim, ended, indented, step } from './lib/terminal.mjs';
import { setup } from './setup.mjs';

const CRATE = 'crates/normlayers-wasm';
const RAW_WASM = `${CRATE}/pkg/normlayers_wasm_bg.wasm`;
const RAW_TYPES = `${CRATE}/pkg/normlayers_wasm.d.ts`;
const WASM = 'dist/normlayers.wasm';
const EMBEDDED = 'ts/embedded.ts';

// The oldest engines in sight (Node 20, Safari 16.4) take all of these; relaxed SIMD is not among them.
// --low-memory-unused folds addresses into loads and stores: nothing lives in the lowest 1 KiB.
// --no-inline: LLVM has inlined what should be; a kernel must stay a function, since V8 swaps its code
// for better when it is entered, and short functions keep their constants in registers.
const WASM_OPT = [
  '--no-inline=*',
  '-O3',
  '--low-memory-unused',
  '--enable-simd',
  '--enable-bulk-memory',
  '--enable-bulk-memory-opt',
  '--enable-mutable-globals',
  '--enable-nontrapping-float-to-int',
  '--enable-sign-ext',
  '--enable-reference-types',
  '--enable-multivalue',
  '--strip-debug',
  '--strip-producers',
  '--strip-target-features',
];

// What stays a file of its own; each is loaded by its neighbours in dist.
const ENTRIES = ['carried', 'core', 'embedded', 'index', 'workerd'];
const TYPED_ENTRIES = ['core', 'index'];

const SCRIPTS = ['scripts/build.mjs', 'package-lock.json'];

/** Writes a file of the repository in one go, so that nobody reads half of it. */
function write(path, content) {
  const temporary = join(root, `${path}.${process.pid}.tmp`);
  mkdirSync(join(temporary, '..'), { recursive: true });
  writeFileSync(temporary, content);
  renameSync(temporary, join(root, path));
}

async function command(program, args, options) {
  const { code, output } = await run(program, args, options);
  if (code !== 0) throw new Problem('BUILD', `"${program} ${args[0]}" failed.\n${output.trimEnd()}`);
}

/** Rust to dist/normlayers.wasm. */
async function buildWasm() {
  await command('wasm-pack', ['build', CRATE, '--target', 'web', '--mode', 'no-install', '--release', '--no-pack']);
  mkdirSync(join(cache, 'build'), { recursive: true });
  const optimised = join(cache, 'build', 'normlayers.wasm');
  const wasmOpt = join(root, 'node_modules', 'binaryen', 'bin', 'wasm-opt');
  await command(process.execPath, [wasmOpt, join(root, RAW_WASM), '-o', optimised, ...WASM_OPT]);
  write(WASM, readFileSync(optimised));
}

/** dist/normlayers.wasm to a module that carries it. */
function embed() {
  const hex = readFileSync(join(root, WASM)).toString('hex');
  // Without its type the whole string would land in the declarations.
  write(
    EMBEDDED,
    `// Made by scripts/build.mjs: dist/normlayers.wasm as hexadecimal text.\nexport const wasm: string =\n  '${hex}';\n`,
  );
}

/** The entry that an import names, when it is another file of dist. */
function neighbour(entry, importer, specifier) {
  const name = /^\.\.?\/([a-z]+)(?:\.[jt]s)?$/.exec(specifier)?.[1];
  const atTop = importer !== undefined && join(importer, '..', specifier, '..') === join(root, 'ts');
  return atTop && name !== entry && ENTRIES.includes(name) ? `./${name}.js` : null;
}

/** All but the core are one source file: whatever else one took in would exist twice, state and all. */
function forbidCopies(entry, sources) {
  const copies = sources.filter((path) => path !== `ts/${entry}.ts`);
  if (entry === 'core' || copies.length === 0) return;
  throw new Problem('BUILD', `ts/${entry}.ts would copy ${copies.join(', ')}: import what it needs from ./core.js.`);
}

/** ts/ to dist's modules; one entry at a time, so that each stays one file and shares the others. */
async function bundle() {
  const { build } = await import('esbuild');
  for (const entry of ENTRIES) {
    const keepApart = {
      name: 'neighbours',
      setup({ onResolve }) {
        onResolve({ filter: /^\.\.?\// }, ({ path, importer }) => {
          const file = neighbour(entry, importer, path);
          return file ? { path: file, external: true } : undefined;
        });
        onResolve({ filter: /\.wasm$/ }, () => ({ path: './normlayers.wasm', external: true }));
      },
    };
    const result = await build({
      absWorkingDir: root,
      entryPoints: [`ts/${entry}.ts`],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2022',
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'silent',
      plugins: [keepApart],
    }).catch((error) => {
      throw new Problem('BUILD', error.message);
    });
    forbidCopies(entry, Object.keys(result.metafile.inputs));
    write(`dist/${entry}.js`, result.outputFiles[0].contents);
  }
}

/** ts/ to dist's declarations: one file per entry, comments kept. */
async function declare() {
  const { rollup } = await import('rollup');
  const { default: dts } = await import('rollup-plugin-dts');
  for (const entry of TYPED_ENTRIES) {
    const bundle = await rollup({
      input: join(root, 'ts', `${entry}.ts`),
      plugins: [
        {
          name: 'neighbours',
          resolveId(specifier, importer) {
            const file = neighbour(entry, importer, specifier);
            return file ? { id: file, external: true } : null;
          },
        },
        dts({ tsconfig: join(root, 'ts', 'tsconfig.json') }),
      ],
      onwarn(warning) {
        throw new Problem('BUILD', warning.message);
      },
    });
    const { output } = await bundle.generate({ format: 'es' });
    await bundle.close();
    write(`dist/${entry}.d.ts`, output[0].code);
  }
}

const dist = (names, extension) => names.map((name) => `dist/${name}${extension}`);

// The stages in their order; each reads what those before it wrote.
const STAGES = [
  {
    name: 'wasm',
    label: 'kernels to WebAssembly',
    patience: 'about half a minute',
    make: buildWasm,
    inputs: ['crates', 'Cargo.toml', 'Cargo.lock', '.cargo', ...SCRIPTS],
    outputs: [RAW_WASM, RAW_TYPES, WASM],
    words: () => [...WASM_OPT, ask('rustc', ['--version']) ?? ''],
  },
  {
    name: 'embed',
    label: 'WebAssembly into a module',
    make: embed,
    inputs: [WASM, ...SCRIPTS],
    outputs: [EMBEDDED],
  },
  {
    name: 'bundle',
    label: 'TypeScript to modules',
    make: bundle,
    inputs: ['ts', ...SCRIPTS],
    outputs: dist(ENTRIES, '.js'),
  },
  {
    name: 'declare',
    label: 'TypeScript to declarations',
    make: declare,
    inputs: ['ts', RAW_TYPES, 'tsconfig.json', ...SCRIPTS],
    outputs: dist(TYPED_ENTRIES, '.d.ts'),
  },
];

/** Brings dist/ up to date. Takes a tenth of a second when it is. */
export async function build() {
  const start = Date.now();
  let idle = true;
  for (const { name, label, patience, make, inputs, outputs, words } of STAGES) {
    const made = stamp(name, { inputs, outputs, words: words?.() });
    if (made.fresh()) continue;
    idle = false;
    const done = step(label, patience);
    try {
      await make();
    } catch (error) {
      done(false);
      indented(error.message);
      throw new Problem('BUILD', `The build stopped at "${label}".`);
    }
    made.write();
    done(true);
  }
  ended(true, 'build', Date.now() - start, idle ? dim('up to date') : '');
}

await main(import.meta.url, async () => {
  await setup();
  await build();
});
