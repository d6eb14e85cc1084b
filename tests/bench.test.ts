// The benchmark and the measurement of errors: everything is checked before it is timed, who is wrong is not timed,
// and what is committed was measured. Never the times themselves.
import type { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Case, cases, label } from '../bench/cases.mjs';
import { committed, expectWithinBounds, json, part, run } from './support/bench.ts';

interface Result {
  subject: string;
  status: 'timed' | 'wrong' | 'failed' | 'unsupported';
  nanoseconds?: number;
  error?: number;
  errors?: Record<string, number>;
  relativeError?: number | null;
  reason?: string;
}
interface Run {
  wasm: string;
  cases: { spec: Case; memory: { gigabytesPerSecond: number }; results: Result[] }[];
}
interface Ladder {
  wasm: string;
  offsets: number[];
  cases: { spec: Case; results: { subject: string; rungs: { offset: number; errors: Record<string, number> }[] }[] }[];
}

const out = mkdtempSync(join(tmpdir(), 'normlayers-bench-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

describe('npm run bench -- --quick', () => {
  // Subjects from outside: one is off by a thousandth, one leaves a NaN, one throws, one does nothing.
  const ours = new URL('../bench/subjects/pure-js.mjs', import.meta.url).href;
  const outside: Record<string, string> = {
    'inexact.mjs': 'spoil(outputs, (value) => value * 1.001)',
    'not-finite.mjs': 'spoil(outputs, (value, i) => (i === 7 ? NaN : value))',
    'thrower.mjs': '(() => { throw new Error("no such luck"); })()',
  };
  let job: ReturnType<typeof spawnSync>;
  let result: Run;

  beforeAll(() => {
    const args = Object.entries(outside).flatMap(([name, change]) => {
      const path = join(out, name);
      writeFileSync(
        path,
        `import subject from '${ours}';
         const spoil = (outputs, f) => Object.fromEntries(Object.entries(outputs).map(([k, v]) => [k, v && v.map(f)]));
         export default { name: '${name}', async prepare(spec, inputs) {
           const prepared = await subject.prepare(spec, inputs);
           return { ...prepared, outputs: () => { const outputs = prepared.outputs(); return ${change}; } };
         } };`,
      );
      return ['--subject', path];
    });
    writeFileSync(join(out, 'idle.mjs'), "export default { name: 'idle', async prepare() { return null; } };");
    args.push('--subject', join(out, 'idle.mjs'));
    job = run('scripts/bench.mjs', '--quick', '--no-peers', '--out', out, ...args);
    result = json(join(out, `node-${process.versions.node}.json`));
  }, 120_000);

  const of = (subject: string) => result.cases.map(({ results }) => results.find((r) => r.subject === subject)!);

  test('succeeds, quietly where there is no terminal', () => {
    expect(job.stderr).toBe('');
    expect(job.status).toBe(0);
    for (const control of ['\r', '\u001b']) expect(job.stdout).not.toContain(control);
  });

  test('covers every operation and pass', () => {
    const kinds = (of: Case[]) => new Set(of.map(({ op, pass }) => `${op} ${pass}`));
    expect(kinds(result.cases.map(({ spec }) => spec)).size).toBeGreaterThanOrEqual(7);
    expect(kinds(cases).size).toBe(11);
  });

  test.each(['normlayers', 'copies', 'pure-js'])('%s is timed everywhere, and within the bounds', (subject) => {
    for (const { status, nanoseconds, errors } of of(subject)) {
      expect(status).toBe('timed');
      expect(nanoseconds).toBeGreaterThan(0);
      expectWithinBounds(errors!);
    }
    for (const { memory } of result.cases) expect(memory.gigabytesPerSecond).toBeGreaterThan(0);
  });

  test('who is wrong is shown as wrong, and not timed', () => {
    for (const { status, nanoseconds, relativeError } of of('inexact.mjs')) {
      expect(status).toBe('wrong');
      expect(nanoseconds).toBeUndefined();
      expect(relativeError).toBeGreaterThan(1e-4);
      expect(relativeError).toBeLessThan(1e-2);
    }
    for (const { status, relativeError } of of('not-finite.mjs')) {
      expect(status).toBe('wrong');
      expect(relativeError).toBeNull();
    }
    expect(job.stdout).toMatch(/inexact\.mjs +wrong by \d·10⁻/);
  });

  test('who fails, or does not have an operation, does not stop the run', () => {
    for (const { status, reason } of of('thrower.mjs')) expect([status, reason]).toEqual(['failed', 'no such luck']);
    for (const { status } of of('idle.mjs')) expect(status).toBe('unsupported');
  });
});

describe('npm run accuracy', () => {
  let job: ReturnType<typeof spawnSync>;
  let result: Ladder;

  beforeAll(() => {
    job = run('scripts/accuracy.mjs', '--no-peers', '--out', out);
    result = json(join(out, 'accuracy.json'));
  }, 120_000);

  const rungs = (subject: string) =>
    result.cases.flatMap(({ spec, results }) =>
      results.find((r) => r.subject === subject)!.rungs.map((rung) => ({ spec, ...rung })),
    );

  test('succeeds, and holds our bounds on every rung', () => {
    expect(job.stderr).toBe('');
    expect(job.status).toBe(0);
    expect(rungs('normlayers')).toHaveLength(result.cases.length * result.offsets.length);
    for (const { errors } of rungs('normlayers')) expectWithinBounds(errors);
  });

  test('tells float32 from float64', () => {
    for (const { errors } of rungs('pure-js')) expectWithinBounds(errors);
    const far = rungs('pure-js-f32').filter(({ offset, spec }) => offset === 1e6 && spec.op !== 'rmsNorm');
    for (const { errors, spec } of far) {
      if (spec.pass === 'forward') expect(errors.y).toBeGreaterThan(1e4);
    }
  });
});

describe('what is committed', () => {
  const files = committed('node-', 'chromium-', 'firefox-');

  test.each(files)('%s has every case, and no time without a check', (file) => {
    const { cases: measured } = json<Run>(file);
    expect(measured.map(({ spec }) => label(spec))).toEqual(cases.map(label));
    for (const { results } of measured) {
      for (const { subject, status, nanoseconds, error, errors } of results) {
        if (status !== 'timed') expect(nanoseconds).toBeUndefined();
        else if (subject === 'normlayers' || subject === 'copies') expectWithinBounds(errors!);
        else expect(error).toBeLessThanOrEqual(2 ** 10);
      }
    }
  });

  test('the documents show these results', () => {
    const document = readFileSync('docs/performance.md', 'utf8');
    const [accuracy] = committed('accuracy');
    const machine = part(document, 'machine');
    expect(committed('node-').some((file) => machine?.includes(json<Run>(file).wasm))).toBe(true);
    expect(readFileSync('docs/accuracy.md', 'utf8')).toContain(json<Ladder>(accuracy!).wasm);
  });
});
