// The tests and the library as one script per test file, in .bundles/ of the present folder: what the runner of
// TypeScript's mutants runs. The library is taken from ts/, which is where its mutants are.

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** What these test is not in ts/, or they start programs that take the built package. */
const ELSEWHERE =
  /^(bench|copies|corpus|digits|documentation|mutants|packed|package|playground|project|release|simd|types|unused)|^support\//;
/** Seconds to minutes of arithmetic, gigabytes, or generated calls, for what others have seen of ts/ before. */
const LONG =
  /^operations\/(families|hard-inputs|lengths)|^four-gigabytes|^properties\/(scale|symmetries)|^hostile\/(calls|model|soak)/;

const files = readdirSync('tests', { recursive: true })
  .filter((name) => name.endsWith('.test.ts') && !ELSEWHERE.test(name) && !LONG.test(name))
  .sort();

rmSync('.bundles', { recursive: true, force: true });
await build({
  entryPoints: files.map((name) => join('tests', name)),
  outdir: '.bundles',
  outbase: 'tests',
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  alias: { normlayers: './ts/index.ts', 'normlayers/core': './ts/core.ts' },
  external: ['@jest/globals'],
  define: { 'import.meta.url': 'bundleUrl' },
  // package.json says which files of dist/ do something when loaded; it knows none of ts/.
  ignoreAnnotations: true,
  logLevel: 'error',
});
