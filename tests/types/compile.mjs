// How a strict user compiles: one program, by one compiler, under one way of resolving packages.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/lib/run.mjs';

/** The two that resolve what a package exports. */
export const RESOLUTIONS = {
  NodeNext: { module: 'NodeNext', moduleResolution: 'NodeNext' },
  bundler: { module: 'ES2022', moduleResolution: 'bundler' },
};

/** The programs of this folder, and the libraries of the language that their users have. */
export const PROGRAMS = {
  usage: [['ES2017']],
  dom: [['ES2020', 'DOM']],
  // TypeScript has `using` since 5.2.
  using: [['ES2017'], ['ES2022', 'ESNext.Disposable']],
};

/** What the compiler `tsc`, a file, says of `program` in the folder `project`; nothing when all is well. */
export async function complaints(tsc, project, program, resolution, lib) {
  const config = join(project, `tsconfig.${program}.json`);
  const compilerOptions = {
    ...RESOLUTIONS[resolution],
    target: 'ES2017',
    lib,
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(config, JSON.stringify({ compilerOptions, files: [`${program}.ts`] }));
  const { code, output } = await run(process.execPath, [tsc, '-p', config], { cwd: project });
  return output.trim() || (code === 0 ? '' : `tsc ended with ${code}`);
}
