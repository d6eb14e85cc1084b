// The types of compile.mjs, for the tests.

export type Resolution = 'NodeNext' | 'bundler';
export const RESOLUTIONS: Readonly<Record<Resolution, object>>;
export type Program = 'usage' | 'dom' | 'using';
export const PROGRAMS: Readonly<Record<Program, readonly string[][]>>;
export function complaints(
  tsc: string,
  project: string,
  program: Program,
  resolution: Resolution,
  lib: readonly string[],
): Promise<string>;
