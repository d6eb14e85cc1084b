// Mutants of the kernels, by cargo-mutants: natively, and those of the vectors over simd128 in wasm.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../lib/problem.mjs';
import { ask, root, run } from '../lib/run.mjs';
import { installTool } from '../setup.mjs';

const VERSION = '27.1.0';
const SEEN_AS = { CaughtMutant: 'caught', MissedMutant: 'missed', Timeout: 'endless', Unviable: 'unviable' };
/** What test-binary.mjs says of a failure. */
const SAID = { 'only bits': 'bits', 'no end': 'endless' };
/** Few enough that a run which is interrupted loses little, many enough that its first, cold builds do not count. */
const FEW = 45;

const environmentOf = {
  rust: () => {
    const host = /^host: (.+)$/m.exec(ask('rustc', ['-vV']))[1];
    const variable = `CARGO_TARGET_${host.toUpperCase().replaceAll('-', '_')}_RUNNER`;
    return { [variable]: `${process.execPath} ${join(root, 'scripts/mutants/test-binary.mjs')}` };
  },
  wasm: () => ({}),
};

const configOf = { rust: '.cargo/mutants.toml', wasm: '.cargo/mutants-wasm.toml' };

/** What a mutant is built with: the loops have tests of their own, in the crate; the rest is seen by the suite. */
const testsOf = (kind, names) =>
  kind === 'wasm' || names.some((name) => name.includes('/simd/')) ? ['--lib', '--test=suite'] : ['--test=suite'];

async function mutants(kind, args) {
  return run('cargo', ['mutants', '--package=normlayers', '--config', join(root, configOf[kind]), ...args], {
    env: environmentOf[kind](),
  });
}

async function checked(kind, args) {
  const { code, output } = await mutants(kind, args);
  if (code !== 0) throw new Problem('MUTANTS', `cargo mutants ${args.join(' ')} failed.\n${output}`);
  return output;
}

/** The names of all mutants. */
async function list(kind) {
  const output = await checked(kind, ['--list', '--json']);
  return JSON.parse(output.slice(output.indexOf('['))).map(({ name }) => name);
}

/** A kind of mutants whose sources are Rust. */
export function rust(kind) {
  return {
    label: kind === 'rust' ? 'kernels, native' : 'vectors over simd128, in wasm',
    sources: ['crates/normlayers/src'],
    baselineInputs: ['crates/normlayers', 'scripts/mutants/test-binary.mjs', 'Cargo.toml'],

    /** How far they were run. */
    extent: async (outcomes) => `${Object.keys(outcomes).length} of ${(await list(kind)).length}`,

    async prepare() {
      await installTool('cargo-mutants', 'cargo-mutants', VERSION, 2, ['mutants', '--version']);
    },

    /** The tests pass as they are, or this throws. */
    async baseline() {
      const target = kind === 'wasm' ? ['--target=wasm32-unknown-unknown'] : [];
      const args = ['test', '--profile=mutants', '--package=normlayers', '--lib', '--test=suite', ...target];
      const { code, output } = await run('cargo', args, { env: environmentOf[kind]() });
      if (code !== 0) throw new Problem('MUTANTS', `The tests fail without any mutant.\n${output.slice(-3000)}`);
    },

    /**
     * Runs the mutants that are `isMine` and not `known`, or with `missed` those known as missed, some at a time while
     * `more()` holds; gives the outcomes of each lot.
     */
    async *run(isMine, { known, missed, more }) {
      const wanted = missed ? 'missed' : undefined;
      const names = (await list(kind)).filter((name, i) => isMine(name, i) && known[name] === wanted);
      const inLoops = (name) => name.includes('/simd/');
      for (const group of [names.filter(inLoops), names.filter((name) => !inLoops(name))]) {
        for (let i = 0; i < group.length && more(); i += FEW) yield runSome(kind, group.slice(i, i + FEW));
      }
    },
  };
}

async function runSome(kind, names) {
  const output = mkdtempSync(join(tmpdir(), 'normlayers-mutants-'));
  const exactly = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const args = ['--re', `^(${exactly})$`, '--baseline=skip', '--timeout=1800', '--jobs=2', '-o', output];
  try {
    const { output: printed } = await mutants(kind, [
      ...args,
      ...testsOf(kind, names).map((test) => `--cargo-arg=${test}`),
    ]);
    const report = join(output, 'mutants.out', 'outcomes.json');
    if (!existsSync(report)) throw new Problem('MUTANTS', `cargo mutants has left no report.\n${printed}`);
    const outcomes = {};
    for (const { scenario, summary, log_path: log } of JSON.parse(readFileSync(report, 'utf8')).outcomes) {
      if (!scenario.Mutant) continue;
      const text = log ? readFileSync(join(output, 'mutants.out', log), 'utf8') : '';
      const said = /mutants: (only bits|no end)/.exec(text)?.[1];
      const outcome = SAID[said] ?? SEEN_AS[summary];
      // What failed in another way is no outcome: it is run again.
      if (outcome) outcomes[scenario.Mutant.name] = outcome;
    }
    return outcomes;
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}
