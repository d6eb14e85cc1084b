// The declarations as users meet them: strict programs, compiled by the oldest and the newest TypeScript.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import typescript from 'typescript-5.0';
import { complaints as compile, PROGRAMS, type Program, RESOLUTIONS, type Resolution } from './types/compile.mjs';

const root = process.cwd();
const COMPILERS = { '5.0': 'typescript-5.0', newest: 'typescript' } as const;

type Compiler = keyof typeof COMPILERS;

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

const complaints = (program: Program, compiler: Compiler, resolution: Resolution, lib: readonly string[]) =>
  compile(join(root, 'node_modules', COMPILERS[compiler], 'bin', 'tsc'), project, program, resolution, lib);

describe.each<Compiler>(['5.0', 'newest'])('TypeScript %s', (compiler) => {
  describe.each(Object.keys(RESOLUTIONS) as Resolution[])('%s resolution', (resolution) => {
    test('a strict program without DOM', async () => {
      expect(await complaints('usage', compiler, resolution, PROGRAMS.usage[0]!)).toBe('');
    }, 60_000);

    test('a program with the types of the DOM', async () => {
      expect(await complaints('dom', compiler, resolution, PROGRAMS.dom[0]!)).toBe('');
    }, 60_000);
  });
});

describe('TypeScript newest, with using', () => {
  test.each(PROGRAMS.using.map((lib) => [lib]))(
    'lib %s',
    async (lib) => {
      expect(await complaints('using', 'newest', 'NodeNext', lib)).toBe('');
    },
    60_000,
  );
});

describe('an editor completes the names of options', () => {
  const calls: [call: string, names: string[]][] = [
    ['layerNorm(x, 4, {})', ['bias', 'eps', 'out', 'weight']],
    ['layerNormForward(x, 4, {})', ['bias', 'eps', 'out', 'reuse', 'weight']],
    ['new GroupNorm(2, 4, {})', ['affine', 'channelAxis', 'dtype', 'eps', 'preset', 'runtime', 'scale', 'shift']],
    ['backward(layerNormForward(x, 4).saved, x, {})', ['accumulate', 'needs', 'out']],
  ];

  test.each(calls)('%s', (call, names) => {
    const file = join(project, 'edited.ts');
    const source = `import { backward, GroupNorm, layerNorm, layerNormForward, ones } from 'normlayers';\nconst x = ones([2, 4]);\n${call};\n`;
    writeFileSync(file, source);
    const service = typescript.createLanguageService({
      getScriptFileNames: () => [file],
      getScriptVersion: () => '1',
      getScriptSnapshot: (path) =>
        typescript.sys.fileExists(path)
          ? typescript.ScriptSnapshot.fromString(typescript.sys.readFile(path) ?? '')
          : undefined,
      getCurrentDirectory: () => project,
      getCompilationSettings: () => ({
        module: typescript.ModuleKind.NodeNext,
        moduleResolution: typescript.ModuleResolutionKind.NodeNext,
      }),
      getDefaultLibFileName: typescript.getDefaultLibFilePath,
      fileExists: typescript.sys.fileExists,
      readFile: typescript.sys.readFile,
      readDirectory: typescript.sys.readDirectory,
    });
    const at = service.getCompletionsAtPosition(file, source.lastIndexOf('{}') + 1, {});
    expect(at?.entries.map(({ name }) => name).sort()).toEqual(names);
  });
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
