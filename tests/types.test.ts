// The declarations as users meet them: strict programs, compiled by the oldest and the newest TypeScript.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const root = process.cwd();
const COMPILERS = { '5.0': 'typescript-5.0', newest: 'typescript' } as const;
const RESOLUTIONS = {
  NodeNext: { module: 'NodeNext', moduleResolution: 'NodeNext' },
  bundler: { module: 'ES2022', moduleResolution: 'bundler' },
} as const;

type Compiler = keyof typeof COMPILERS;
type Resolution = keyof typeof RESOLUTIONS;

let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'normlayers-types-'));
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  const installed = join(project, 'node_modules', 'normlayers');
  mkdirSync(installed, { recursive: true });
  for (const path of ['package.json', 'dist']) cpSync(join(root, path), join(installed, path), { recursive: true });
  for (const name of ['usage', 'dom', 'using']) {
    cpSync(join(root, 'tests', 'types', `${name}.ts`), join(project, `${name}.ts`));
  }
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** What the compiler says of a program; nothing when all is well. */
function complaints(program: string, compiler: Compiler, resolution: Resolution, lib: string[]): string {
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
  const tsc = join(root, 'node_modules', COMPILERS[compiler], 'bin', 'tsc');
  try {
    return execFileSync(process.execPath, [tsc, '-p', config], { cwd: project, encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe.each<Compiler>(['5.0', 'newest'])('TypeScript %s', (compiler) => {
  describe.each<Resolution>(['NodeNext', 'bundler'])('%s resolution', (resolution) => {
    test('a strict program without DOM', () => {
      expect(complaints('usage', compiler, resolution, ['ES2017'])).toBe('');
    }, 60_000);

    test('a program with the types of the DOM', () => {
      expect(complaints('dom', compiler, resolution, ['ES2020', 'DOM'])).toBe('');
    }, 60_000);
  });
});

describe('TypeScript newest, with using', () => {
  test.each([['ES2017'], ['ES2022', 'ESNext.Disposable']])(
    'lib %s',
    (...lib) => {
      expect(complaints('using', 'newest', 'NodeNext', lib)).toBe('');
    },
    60_000,
  );
});

test('the compilers are those that are meant', () => {
  const version = (compiler: Compiler): string =>
    JSON.parse(readFileSync(join(root, 'node_modules', COMPILERS[compiler], 'package.json'), 'utf8')).version;
  expect(version('5.0')).toMatch(/^5\.0\./);
  expect(Number.parseInt(version('newest'), 10)).toBeGreaterThanOrEqual(7);
});

describe('the text of the declarations', () => {
  const text = (name: string): string => readFileSync(join(root, 'dist', name), 'utf8');

  test('holds no module as text', () => {
    for (const name of ['core.d.ts', 'index.d.ts']) expect(text(name)).not.toMatch(/[A-Za-z0-9+/]{100}/);
  });

  test('documents everything that is exported', () => {
    const lines = text('core.d.ts').split('\n');
    const documented = new Set<string>();
    lines.forEach((line, i) => {
      const name = /^(?:declare )?(?:class|function|const|interface|type) (\w+)/.exec(line)?.[1];
      if (name !== undefined && /\*\/$/.test(lines[i - 1] ?? '')) documented.add(name);
    });
    const exported = [...text('core.d.ts').matchAll(/^export (?:type )?\{ (.*) \};$/gm)].flatMap((match) =>
      match[1]!.split(', '),
    );
    expect(exported.length).toBeGreaterThan(40);
    expect(exported.filter((name) => !documented.has(name))).toEqual([]);
  });
});
