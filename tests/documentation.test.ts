// The documentation is true: every block of code is compiled strictly and run, every command exists, every link leads
// somewhere. A block that nothing checks is a failure. tests/documentation/markdown.ts tells how blocks are annotated.

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { transform } from 'esbuild';
import * as normlayers from 'normlayers';
import { examplesOf } from './documentation/examples.ts';
import {
  anchorsOf,
  type Block,
  blocksOf,
  documents,
  exists,
  linksOf,
  proseOf,
  read,
} from './documentation/markdown.ts';
import { type Program, programsOf } from './documentation/programs.ts';

const root = process.cwd();
const names = documents(root);
const texts = new Map(names.map((name) => [name, read(root, name)]));
const blocks = names.flatMap((name) => blocksOf(name, texts.get(name)!));
const examples = examplesOf(root);
const sources = [...names.map((name) => blocks.filter(({ document }) => document === name)), examples];
const programs = sources.flatMap(programsOf);
const place = ({ document, line }: Block): string => `${document}:${line}`;

const NOT_RUN = ['refused', 'compiled', 'module'];
const running = programs.filter(({ block: { directives } }) => !NOT_RUN.some((word) => directives.has(word)));

/** What blocks import, and the helper that renders them, as it is; stand-ins are of packages of hundreds of megabytes. */
const REAL = ['react', 'react-dom', 'linkedom', '@types/react', '@types/react-dom'];

let project: string;
/** What the compiler says, by the file it says it of. */
const complaints = new Map<string, string[]>();
/** What stopped each program: null where nothing did. */
const failures = new Map<Program, string | null | undefined>();

const node = (...args: string[]) =>
  promisify(execFile)(process.execPath, args, { cwd: project, encoding: 'utf8', maxBuffer: 1 << 24 });

const fileOf = ({ folder, name, extension }: Program): string => join(folder, `${name}.${extension}`);

beforeAll(async () => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'normlayers-documentation-')));
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, 'normlayers'), { recursive: true });
  for (const path of ['package.json', 'dist'])
    cpSync(join(root, path), join(modules, 'normlayers', path), { recursive: true });
  cpSync(join(root, 'tests', 'documentation', 'stand-ins'), modules, { recursive: true });
  cpSync(join(root, 'tests', 'documentation', 'rendering'), join(modules, 'rendering'), { recursive: true });
  mkdirSync(join(modules, '@types'));
  for (const path of REAL) symlinkSync(join(root, 'node_modules', path), join(modules, path), 'junction');
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  for (const program of programs) {
    mkdirSync(join(project, program.folder), { recursive: true });
    writeFileSync(join(project, fileOf(program)), program.source);
    const { code } = await transform(program.source, {
      loader: program.extension,
      target: 'node20.19',
      format: 'esm',
      jsx: 'automatic',
    });
    writeFileSync(join(project, program.folder, `${program.name}.js`), code);
  }
  await Promise.all([compile(), runAll()]);
}, 120_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

async function compile(): Promise<void> {
  const compilerOptions = {
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    target: 'ES2022',
    lib: ['ES2022', 'ESNext.Disposable', 'DOM'],
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')],
    jsx: 'react-jsx',
    strict: true,
    exactOptionalPropertyTypes: true,
    noImplicitOverride: true,
    skipLibCheck: true,
    noEmit: true,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: programs.map(fileOf) }));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  let output = '';
  try {
    await node(tsc, '-p', project, '--pretty', 'false');
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  for (const line of output.split('\n')) {
    const [, file, at, message] = /^(\S[^(]*)\((\d+),\d+\): error (.*)$/.exec(line) ?? [];
    if (file === undefined) continue;
    const known = complaints.get(normalize(file)) ?? [];
    known.push(`line ${at}: ${message}`);
    complaints.set(normalize(file), known);
  }
}

async function runAll(): Promise<void> {
  const files = running.map((program) => join(project, program.folder, `${program.name}.js`));
  const { stdout } = await node(join(root, 'tests', 'documentation', 'harness.mjs'), ...files);
  const found = JSON.parse(stdout) as Record<string, string | null>;
  running.forEach((program, i) => {
    failures.set(program, found[files[i]!]);
  });
}

describe('code', () => {
  test('there is some, with what checks it', () => {
    expect(programs.length).toBeGreaterThan(80);
    expect(examples.length).toBeGreaterThan(15);
    const languages = ['ts', 'tsx', 'sh', 'text', 'html'];
    expect(blocks.filter(({ language }) => !languages.includes(language)).map(place)).toEqual([]);
  });

  test.each(programs.map((program) => [place(program.block), program] as const))('%s compiles', (_, program) => {
    const found = complaints.get(fileOf(program)) ?? [];
    const refused = program.block.directives.get('refused');
    if (refused === undefined) expect(found).toEqual([]);
    else expect(found.join('\n')).toContain(refused);
  });

  test.each(running.map((program) => [place(program.block), program] as const))('%s runs', (_, program) => {
    const code = program.block.directives.get('throws');
    expect(failures.get(program)).toBe(code === undefined ? null : `NormError ${code}`);
  });

  // Whoever copies a block has what it shows, and no more.
  const copied = blocks.filter(({ document, language }) => /^docs\//.test(document) && /^tsx?$/.test(language));
  test.each(copied.map((block) => [place(block), block] as const))('%s imports what it calls', (_, { code }) => {
    const imported = [...code.matchAll(/import (?:type )?\{([^}]*)\} from 'normlayers(?:\/core)?'/g)].flatMap(
      ([, list]) => list!.split(',').map((name) => name.trim()),
    );
    const called = [...code.replace(/\/\/.*/g, '').matchAll(/(?<![.\w]|function )(\w+)\(/g)].map((match) => match[1]!);
    expect(called.filter((name) => name in normlayers && !imported.includes(name))).toEqual([]);
  });

  test('what is not run says why, or is imported by what is', () => {
    const silent = programs.filter(({ block, name, folder }) => {
      const { directives } = block;
      if (directives.has('compiled')) return (directives.get('compiled') as string).length < 10;
      if (!directives.has('module')) return false;
      return !programs.some((other) => other.folder === folder && other.source.includes(`./${name}.js`));
    });
    expect(silent.map(({ block }) => place(block))).toEqual([]);
  });
});

describe('commands', () => {
  const scripts = JSON.parse(read(root, 'package.json')).scripts as Record<string, string>;
  const steps = [...read(root, 'scripts/testing/steps.mjs').matchAll(/^ {2,4}\{?\s*name: '(\w+)'/gm)].map(
    (match) => match[1],
  );

  /** What is wrong with a command; nothing when it can be given. */
  function fault(command: string): string | null {
    const [, script, , rest] = /^(?:[A-Z_]+=\S+ )?npm (?:run )?([\w:-]+)( -- (.*))?$/.exec(command) ?? [];
    if (/^npm (install normlayers|version (major|minor|patch) --no-git-tag-version)$/.test(command)) return null;
    if (script === undefined) return 'no command that is known';
    if (script === 'ci' && rest === undefined) return null;
    if (scripts[script] === undefined) return `no script "${script}"`;
    const file =
      script === 'start' ? 'examples/digits/options.ts' : /scripts\/[\w.-]+/.exec(scripts[script] as string)?.[0];
    const source = file === undefined ? '' : read(root, file);
    for (const flag of rest?.match(/--[\w-]+/g) ?? []) {
      const name = flag.slice(2);
      if (!source.includes(`'${name}'`) && !source.includes(`${name}: {`) && !source.includes(flag)) {
        return `${file} knows no ${flag}`;
      }
    }
    const first = rest?.split(' ')[0] as string | undefined;
    return script === 'test' && first !== undefined && !steps.includes(first) ? `no step "${first}"` : null;
  }

  const shells = blocks.filter(({ language }) => language === 'sh');
  test.each(shells.map((block) => [place(block), block] as const))('%s can be given', (_, block) => {
    const commands = block.code
      .split('\n')
      .map((line) => line.replace(/\s+#.*/, '').trim())
      .filter((line) => line !== '');
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.map(fault).filter((problem) => problem !== null)).toEqual([]);
  });

  test.each(names)('the commands in the text of %s exist', (name) => {
    const commands = [...proseOf(texts.get(name)!).matchAll(/`(npm (?!ls)[^`]*)`/g)].map((match) => match[1]!);
    expect(commands.map((command) => [command, fault(command)]).filter(([, problem]) => problem !== null)).toEqual([]);
  });
});

describe('drawings', () => {
  const drawings = blocks.filter(({ language }) => language === 'text');
  test.each(drawings.map((block) => [place(block), block] as const))('the files in %s exist', (_, block) => {
    const files = [...block.code.matchAll(/\b(?:ts|crates|tests|scripts|docs|bench)\/[\w/.-]*\w/g)].map(
      (match) => match[0],
    );
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !exists(root, file))).toEqual([]);
  });
});

describe('pages', () => {
  const pages = blocks.filter(({ language }) => language === 'html');
  test.each(pages.map((block) => [place(block), block] as const))('%s says what holds', (_, block) => {
    // What pages are for here is policy: the one word the library needs, and no module that is not in the package.
    const policy = /script-src[^;">]*/.exec(block.code)?.[0];
    expect(policy).toContain("'wasm-unsafe-eval'");
  });
});

describe('links', () => {
  test.each(names)('%s leads somewhere', (name) => {
    const broken = linksOf(texts.get(name)!).filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [path, anchor] = link.split('#') as [string, string?];
      const target = path === '' ? name : normalize(join(dirname(name), path));
      if (!exists(root, target)) return true;
      return anchor !== undefined && !anchorsOf(read(root, target)).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('every document is led to from the README, or from a document that is', () => {
    const reached = new Set(['README.md']);
    for (const name of reached) {
      for (const link of linksOf(texts.get(name) ?? '')) {
        const target = normalize(join(dirname(name), link.split('#')[0]!));
        if (names.includes(target)) reached.add(target);
      }
    }
    expect(names.filter((name) => !reached.has(name))).toEqual([]);
  });
});

describe('messages', () => {
  const sources = readdirSync(join(root, 'ts'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => read(root, join('ts', path)))
    .join('\n')
    // A message over several lines is one.
    .replace(/['"`] \+\n\s*['"`]/g, '')
    .replaceAll("\\'", "'");
  const quoted = [...texts.get('docs/errors.md')!.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!);
  const messages = quoted.filter((message) => / /.test(message));

  test.each(messages)('"%s" is in the library', (message) => {
    const parts = message.split('…').filter((part) => part.length > 2);
    expect(parts.length).toBeGreaterThan(0);
    expect(parts.filter((part) => !sources.includes(part))).toEqual([]);
  });

  test('every code has a section, with an error of that code', () => {
    const codes = read(root, 'ts/errors.ts')
      .match(/NormErrorCode = (.*);/)![1]!
      .match(/\w+/g)!;
    const thrown = blocks
      .filter(
        ({ document, section, directives }) =>
          document === 'docs/errors.md' && section === `## ${directives.get('throws')}`,
      )
      .map(({ directives }) => directives.get('throws'));
    expect(thrown.sort()).toEqual([...codes].sort());
  });
});

test('every stand-in is of a package that a block imports', () => {
  const stands = readdirSync(join(root, 'tests', 'documentation', 'stand-ins'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('package.json'))
    .map((path) => dirname(path));
  expect(stands.filter((name) => !programs.some(({ source }) => source.includes(`'${name}`)))).toEqual([]);
});
