// Builds dist/: the kernels as one optimised .wasm, the library as a few ES modules, and its types as documentation.
// Each stage is skipped while the bytes it reads and those it wrote are the same as last time.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pack, unpacked } from './lib/pack.mjs';
import { main, Problem } from './lib/problem.mjs';
import { ask, root, run } from './lib/run.mjs';
import { filesBelow, stamp } from './lib/stamp.mjs';
import { dim, ended, indented, step } from './lib/terminal.mjs';
import { withoutData, withoutGlue } from './lib/unused.mjs';
import { setup } from './setup.mjs';

const CRATE = 'crates/normlayers-wasm';
const RAW_WASM = `${CRATE}/pkg/normlayers_wasm_bg.wasm`;
const RAW_TYPES = `${CRATE}/pkg/normlayers_wasm.d.ts`;
const BARE_WASM = '.cache/build/bare.wasm';
const OPTIMISED_WASM = '.cache/build/optimised.wasm';
const WASM = 'dist/normlayers.wasm';
const WASM_TYPES = 'dist/normlayers.d.wasm.ts';
const UNPACKER = 'ts/runtime/unpack.wat';
const EMBEDDED = 'ts/embedded.ts';

// The oldest engines in sight (Node 20, Safari 16.4) take all of these; relaxed SIMD is not among them.
// --low-memory-unused folds addresses into loads and stores: nothing lives in the lowest 1 KiB.
// LLVM has inlined what should be; a kernel must stay a function, since V8 swaps its code for better when it is entered,
// and short functions keep their constants in registers. Only what is a single instruction is inlined: a trap.
// -Os behind -O3: half a kilobyte less after brotli, and the loops are the same.
const WASM_OPT = [
  '--always-inline-max-function-size=1',
  '--one-caller-inline-max-function-size=0',
  '--flexible-inline-max-function-size=0',
  '-O3',
  '-Os',
  // Neighbours that are alike compress better.
  '--reorder-functions-by-name',
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

// The library is one file that the entries share. There are few, since each takes a quarter of a millisecond to import.
const LIBRARY = 'library';
const ENTRIES = ['core', 'index', 'workerd'];
const TYPED_ENTRIES = ['core', 'index'];

/** How long a line of the library may become, as far as its statements allow it. Those that are printed are short. */
const LINE = 2000;

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
  const { default: binaryen } = await import('binaryen');
  write(BARE_WASM, withoutGlue(binaryen, readFileSync(join(root, RAW_WASM))));
  const wasmOpt = join(root, 'node_modules', 'binaryen', 'bin', 'wasm-opt');
  await command(process.execPath, [wasmOpt, join(root, BARE_WASM), '-o', join(root, OPTIMISED_WASM), ...WASM_OPT]);
  write(WASM, withoutData(binaryen, readFileSync(join(root, OPTIMISED_WASM))));
}

/** dist/normlayers.wasm to a module that carries it, with what unpacks it. */
async function embed() {
  const { default: binaryen } = await import('binaryen');
  const source = binaryen.parseText(readFileSync(join(root, UNPACKER), 'utf8'));
  binaryen.setShrinkLevel(2);
  source.optimize();
  const unpacker = Buffer.from(source.emitBinary());
  const module = readFileSync(join(root, WASM));
  const packed = pack(module);
  if (!unpacked(unpacker, packed).equals(module)) throw new Error(`${UNPACKER} makes something else of ${WASM}.`);
  const text = `${unpacker.toString('hex')} ${packed}`;
  // Without its type the whole string would land in the declarations.
  write(EMBEDDED, `// Made by scripts/build.mjs of ${WASM}.\nexport const wasm: string =\n  "${text}";\n`);
}

/** Whatever an entry took in besides would exist twice, state and all. */
function forbidCopies(name, sources) {
  const copies = sources.filter((path) => path !== `ts/${name}.ts` && path !== EMBEDDED);
  if (name === LIBRARY || copies.length === 0) return;
  throw new Problem('BUILD', `ts/${name}.ts would copy ${copies.join(', ')}: import what it needs from ./library.js.`);
}

/** ts/ to dist's modules; one at a time, so that each stays one file. */
async function bundle() {
  const { build } = await import('esbuild');
  const keepApart = {
    name: 'neighbours',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/(library\.js|normlayers\.wasm)$/ }, ({ path }) => ({ path, external: true }));
    },
  };
  for (const name of [LIBRARY, ...ENTRIES]) {
    const result = await build({
      absWorkingDir: root,
      entryPoints: [`ts/${name}.ts`],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2022',
      legalComments: 'none',
      logLevel: 'silent',
      plugins: [keepApart],
    }).catch((error) => {
      throw new Problem('BUILD', error.message);
    });
    forbidCopies(name, Object.keys(result.metafile.inputs));
    const [{ exports: names }] = Object.values(result.metafile.outputs);
    write(`dist/${name}.js`, await minify(result.outputFiles[0].text, names));
  }
}

/** The same module in fewer bytes. What users meet in stack traces and inspectors keeps its name: exports, and classes. */
async function minify(source, exported) {
  const swc = await import('@swc/core');
  const { markPure } = await import('./lib/pure.mjs');
  const { inLines } = await import('./lib/lines.mjs');
  // To esbuild a class that names itself is `X = class _X`.
  const named = source.replace(/\b(\w+) = class _\1\b/g, '$1 = class $1');
  const classes = [...named.matchAll(/\bclass (\w+)/g)].map(([, name]) => name);
  const inner = new RegExp(`\\b_(${classes.join('|')})\\b`, 'g');
  const { code } = await swc.minify(classes.length > 0 ? named.replace(inner, '$1') : named, {
    module: true,
    ecma: 2022,
    compress: { ecma: 2022, passes: 3 },
    mangle: { topLevel: true, reserved: [...exported, ...classes] },
    // One character beyond would make engines keep all of it, and scan it, as two bytes a character.
    format: { ecma: 2022, asciiOnly: true },
  });
  return `${inLines(markPure(code), LINE)}\n`;
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
          name: 'one copy',
          resolveId(specifier) {
            return entry === 'index' && specifier === './library.js' ? { id: './core.js', external: true } : null;
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
  write(WASM_TYPES, readFileSync(join(root, 'ts/normlayers.d.wasm.ts'), 'utf8'));
}

const dist = (names, extension) => names.map((name) => `dist/${name}${extension}`);

// The stages in their order; each reads what those before it wrote.
const STAGES = [
  {
    name: 'wasm',
    label: 'kernels to WebAssembly',
    patience: 'about half a minute',
    make: buildWasm,
    inputs: ['crates', 'Cargo.toml', 'Cargo.lock', '.cargo', 'scripts/lib/unused.mjs', ...SCRIPTS],
    outputs: [RAW_WASM, RAW_TYPES, WASM],
    words: () => [...WASM_OPT, ask('rustc', ['--version']) ?? ''],
  },
  {
    name: 'embed',
    label: 'WebAssembly into a module',
    make: embed,
    inputs: [WASM, UNPACKER, 'scripts/lib/pack.mjs', 'scripts/lib/split.mjs', ...SCRIPTS],
    outputs: [EMBEDDED],
  },
  {
    name: 'bundle',
    label: 'TypeScript to modules',
    make: bundle,
    inputs: ['ts', 'scripts/lib/lines.mjs', 'scripts/lib/pure.mjs', ...SCRIPTS],
    outputs: dist([LIBRARY, ...ENTRIES], '.js'),
  },
  {
    name: 'declare',
    label: 'TypeScript to declarations',
    make: declare,
    inputs: ['ts', RAW_TYPES, 'tsconfig.json', ...SCRIPTS],
    outputs: [...dist(TYPED_ENTRIES, '.d.ts'), WASM_TYPES],
  },
];

/** What an older build has left in dist would be published with it. */
function removeStrangers() {
  const made = new Set(STAGES.flatMap(({ outputs }) => outputs));
  for (const path of filesBelow('dist')) if (!made.has(path)) rmSync(join(root, path));
}

/** Brings dist/ up to date. Takes a tenth of a second when it is. */
export async function build() {
  const start = Date.now();
  let idle = true;
  removeStrangers();
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
