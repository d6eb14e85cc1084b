// Mutants of the kernels, by cargo-mutants: natively, and those of the vectors over simd128 in wasm.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../lib/problem.mjs';
import { ask, root, run } from '../lib/run.mjs';
import { installTool } from '../setup.mjs';

const VERSION = '27.1.0';
const SUITE = 'crates/normlayers/tests/suite';
/** Few enough that a run which is interrupted loses little, many enough that its first, cold builds do not count. */
const LOT = 45;

const WASM32 = 'wasm32-unknown-unknown';

/** Cargo's test binaries are started by test-binary.mjs. */
function environmentOf(kind) {
  const target = kind === 'wasm' ? WASM32 : /^host: (.+)$/m.exec(ask('rustc', ['-vV']))[1];
  const variable = `CARGO_TARGET_${target.toUpperCase().replaceAll('-', '_')}_RUNNER`;
  return { [variable]: `${process.execPath} ${join(root, 'scripts/mutants/test-binary.mjs')}` };
}

const configOf = { rust: '.cargo/mutants.toml', wasm: '.cargo/mutants-wasm.toml' };

/** What a mutant is built with: the loops have tests of their own, in the crate; the rest is seen by the suite. */
const testsOf = (kind, names) =>
  kind === 'wasm' || names.some((name) => name.includes('/simd/')) ? ['--lib', '--test=suite'] : ['--test=suite'];

async function mutants(kind, args) {
  return run('cargo', ['mutants', '--package=normlayers', '--config', join(root, configOf[kind]), ...args], {
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
  const own =
    module === 'simd' ? ['crates/normlayers/src/simd/tests.rs'] : [`${SUITE}/${module}.rs`, `${SUITE}/${module}`];
  return [...own, `${SUITE}/support`, 'tests/fixtures'];
}

/** A kind of mutants whose sources are Rust. */
export function rust(kind) {
  return {
    label: kind === 'rust' ? 'kernels, native' : 'vectors over simd128, in wasm',
    sources: ['crates/normlayers/src'],
    tests: [SUITE, 'crates/normlayers/src/simd/tests.rs', 'tests/fixtures', 'scripts/mutants/test-binary.mjs'],
    testsBehind,
    baselineInputs: ['crates/normlayers', 'scripts/mutants/test-binary.mjs', 'Cargo.toml'],
    lot: LOT,

    async prepare() {
      await installTool('cargo-mutants', 'cargo-mutants', VERSION, 2, ['mutants', '--version']);
    },

    /** The tests pass as they are, or this throws. */
    async baseline() {
      const target = kind === 'wasm' ? [`--target=${WASM32}`] : [];
      const args = ['test', '--profile=mutants', '--package=normlayers', '--lib', '--test=suite', ...target];
      const { code, output } = await run('cargo', args, { env: environmentOf(kind) });
      if (code !== 0) throw new Problem('MUTANTS', `The tests fail without any mutant.\n${output.slice(-3000)}`);
    },

    /** The names of all mutants. */
    async list() {
      const output = await checked(kind, ['--list', '--json']);
      return JSON.parse(output.slice(output.indexOf('['))).map(({ name }) => name);
    },

    /** Runs the mutants of these names: `outcomes` by name, and in `unknown` what is none. */
    async run(names, options) {
      const inLoops = (name) => name.includes('/simd/');
      const seen = { outcomes: {}, unknown: [] };
      for (const group of [names.filter(inLoops), names.filter((name) => !inLoops(name))]) {
        if (group.length > 0) await runSome(kind, group, options, seen);
      }
      return seen;
    },
  };
}

async function runSome(kind, names, { jobs }, { outcomes, unknown }) {
  const folder = mkdtempSync(join(tmpdir(), 'normlayers-mutants-'));
  const exactly = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const args = ['--re', `^(${exactly})$`, '--baseline=skip', '--timeout=3600', `--jobs=${jobs}`, '-o', folder];
  try {
    const { output: printed } = await mutants(kind, [
      ...args,
      ...testsOf(kind, names).map((test) => `--cargo-arg=${test}`),
    ]);
    const report = join(folder, 'mutants.out', 'outcomes.json');
    if (!existsSync(report)) throw new Problem('MUTANTS', `cargo mutants has left no report.\n${printed}`);
    for (const { scenario, summary, log_path: log } of JSON.parse(readFileSync(report, 'utf8')).outcomes) {
      if (!scenario.Mutant) continue;
      const { name } = scenario.Mutant;
      const text = log ? readFileSync(join(folder, 'mutants.out', log), 'utf8') : '';
      const seen = outcomeOf(summary, text);
      if (seen) outcomes[name] = seen;
      else unknown.push(`${name}: ${summary}\n${text.slice(-1000)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
