// Mutants of the kernels, by cargo-mutants: natively, and those of the vectors over simd128 in wasm.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Problem } from '../lib/problem.mjs';
import { ask, cache, root, run } from '../lib/run.mjs';
import { filesBelow } from '../lib/stamp.mjs';
import { installTool } from '../setup.mjs';

const VERSION = '27.1.0';
const SUITE = 'crates/normlayers/tests/suite';
const VECTOR_TESTS = 'crates/normlayers/src/simd/tests';
const SHARED = ['tests/fixtures', 'tests/corpus'];
/** What a lot that is interrupted has found is lost. */
const LOT = 15;
/** What the tests are built of and read. Cargo's settings are found in the folders above. */
const BUILT_OF = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'crates', 'tests/fixtures', 'tests/corpus'];

const WASM32 = 'wasm32-unknown-unknown';

/** Cargo's test binaries are started by test-binary.mjs. */
function environmentOf(kind) {
  const target = kind === 'wasm' ? WASM32 : /^host: (.+)$/m.exec(ask('rustc', ['-vV']))[1];
  const variable = `CARGO_TARGET_${target.toUpperCase().replaceAll('-', '_')}_RUNNER`;
  return { [variable]: `${process.execPath} ${join(root, 'scripts/mutants/test-binary.mjs')}` };
}

const configOf = { rust: '.cargo/mutants.toml', wasm: '.cargo/mutants-wasm.toml' };

/** The loops have tests of their own, in the crate; the suite sees the rest. */
const TESTS = ['--lib', '--test=suite'];

/**
 * Mutants are built where those before were, in a copy that stays: a new build of everything takes twenty times as long
 * as what one mutant changes. In it one runs at a time; each build and each test uses all processors.
 */
const treeOf = (kind) => join(cache, 'mutants', `${kind}-tree`);

/** Makes the copy what the sources are. What is the same is left alone, for cargo goes by the time of files. */
function copyTree(kind) {
  const files = BUILT_OF.flatMap(filesBelow);
  for (const path of files) {
    const [from, to] = [join(root, path), join(treeOf(kind), path)];
    const bytes = readFileSync(from);
    if (existsSync(to) && readFileSync(to).equals(bytes)) continue;
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, bytes);
  }
  const wanted = new Set(files);
  for (const path of BUILT_OF.flatMap((path) => filesBelow(join(relative(root, treeOf(kind)), path)))) {
    if (!wanted.has(relative(treeOf(kind), join(root, path)))) rmSync(join(root, path));
  }
}

async function mutants(kind, args) {
  const config = ['--config', join(root, configOf[kind])];
  return run('cargo', ['mutants', '--package=normlayers', ...config, ...args], {
    cwd: treeOf(kind),
    env: environmentOf(kind),
  });
}

async function checked(kind, args) {
  const { code, output } = await mutants(kind, args);
  if (code !== 0) throw new Problem('MUTANTS', `cargo mutants ${args.join(' ')} failed.\n${output}`);
  return output;
}

/** The tests of the vectors are among their sources; the others are modules of the suite, each a file or a folder. */
function testsBehind(by) {
  const module = by.split('::')[0];
  const own = module === 'simd' ? [VECTOR_TESTS] : [`${SUITE}/${module}.rs`, `${SUITE}/${module}`];
  return [...own, `${SUITE}/support`, ...SHARED];
}

/** A kind of mutants whose sources are Rust. */
export function rust(kind) {
  return {
    label: kind === 'rust' ? 'kernels, native' : 'vectors over simd128, in wasm',
    sources: ['crates/normlayers/src'],
    tests: [SUITE, VECTOR_TESTS, ...SHARED, 'scripts/mutants/test-binary.mjs'],
    testsBehind,
    baselineInputs: ['crates/normlayers', 'scripts/mutants/test-binary.mjs', 'Cargo.toml'],
    lot: LOT,

    async prepare() {
      await installTool('cargo-mutants', 'cargo-mutants', VERSION, 2, ['mutants', '--version']);
      copyTree(kind);
    },

    /** The tests pass as they are, or this throws. */
    async baseline() {
      const target = kind === 'wasm' ? [`--target=${WASM32}`] : [];
      const args = ['test', '--profile=mutants', '--package=normlayers', ...TESTS, ...target];
      const { code, output } = await run('cargo', args, { cwd: treeOf(kind), env: environmentOf(kind) });
      if (code !== 0) throw new Problem('MUTANTS', `The tests fail without any mutant.\n${output.slice(-3000)}`);
    },

    /** The names of all mutants. */
    async list() {
      const output = await checked(kind, ['--list', '--json']);
      return JSON.parse(output.slice(output.indexOf('['))).map(({ name }) => name);
    },

    /** Runs the mutants of these names: `outcomes` by name, and in `unknown` what is none. */
    async run(names) {
      copyTree(kind);
      const wanted = new Set(names);
      const folder = join(cache, 'mutants', `${kind}-last`);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      const exactly = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
      const args = ['--in-place', '--re', `^(${exactly})$`, '--baseline=skip', '--timeout=3600', '-o', folder];
      const { output } = await mutants(kind, [...args, ...TESTS.map((test) => `--cargo-arg=${test}`)]);
      const report = join(folder, 'mutants.out', 'outcomes.json');
      if (!existsSync(report)) throw new Problem('MUTANTS', `cargo mutants has left no report.\n${output}`);
      const seen = { outcomes: {}, unknown: [] };
      for (const { scenario, summary, log_path: log } of JSON.parse(readFileSync(report, 'utf8')).outcomes) {
        // Some it runs whatever the expression says.
        if (!wanted.has(scenario.Mutant?.name)) continue;
        const { name } = scenario.Mutant;
        const text = log ? readFileSync(join(folder, 'mutants.out', log), 'utf8') : '';
        const outcome = outcomeOf(summary, text);
        if (outcome) seen.outcomes[name] = outcome;
        else seen.unknown.push(`${name}: ${summary}\n${text.slice(-1000)}`);
      }
      return seen;
    },
  };
}

/** What test-binary.mjs says of a binary's end. */
const SAID = { 'only bits': 'bits', 'no end': 'endless', 'a crash': 'crashed' };

/** What cargo-mutants and the tests have said of a mutant; undefined where it is caught by nothing that is a test. */
function outcomeOf(summary, text) {
  if (summary === 'Unviable') return { outcome: 'unviable' };
  if (summary === 'MissedMutant') return { outcome: 'missed' };
  if (summary === 'Timeout') return { outcome: 'endless' };
  if (summary !== 'CaughtMutant') return undefined;
  const said = /^mutants: (only bits|no end|a crash)/m.exec(text)?.[1];
  const by = /^test (?:suite::)?(\S+)(?: - should panic)? \.\.\. FAIL/m.exec(text)?.[1];
  if (said) return { outcome: SAID[said], by };
  return by && { outcome: 'caught', by };
}
