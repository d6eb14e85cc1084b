// The package as users get it: packed, installed into an empty project, and used there.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { filesOf, importsOf, ROOT_BYTES_MAX, weigh } from '../scripts/lib/download.mjs';
import { FILES, faultsOf, pack } from '../scripts/lib/tarball.mjs';

const root = process.cwd();
/** The text that holds the module. */
const EMBEDDED = /[!-~]{10000}/;

let project: string;
let packed: string[];

const npm = (args: string[], cwd: string): string => execFileSync('npm', args, { cwd, encoding: 'utf8' });
const node = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' }).trim();
const esbuild = (...args: string[]): string =>
  execFileSync(join(root, 'node_modules', 'esbuild', 'bin', 'esbuild'), args, {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const installed = (...path: string[]): string => join(project, 'node_modules', 'normlayers', ...path);
const dist = (name: string): string => readFileSync(installed('dist', name), 'utf8');

/** Runs a module of the project's that prints one JSON value. */
function program(name: string, source: string): unknown {
  writeFileSync(join(project, name), source);
  return JSON.parse(node(name));
}

beforeAll(async () => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'normlayers-package-')));
  const { file, files } = await pack(project);
  packed = files.map(({ path }) => path);
  writeFileSync(join(project, 'package.json'), '{ "name": "user", "private": true, "type": "module" }');
  npm(['install', '--offline', '--no-audit', '--no-fund', file], project);
}, 120_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the tarball', () => {
  test('holds the built files and the papers, and nothing that brings along or runs anything', () => {
    const manifest = JSON.parse(readFileSync(installed('package.json'), 'utf8'));
    expect(faultsOf(packed, manifest)).toEqual([]);
  });

  test('installs itself alone', () => {
    expect(readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['normlayers']);
  });

  test('has every page and picture that its README leads to', () => {
    const readme = readFileSync(installed('README.md'), 'utf8');
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link as string);
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((link) => !packed.includes(link))).toEqual([]);
  });

  test('would be found out if something else were in it', () => {
    const strange = { dependencies: {}, scripts: { postinstall: 'x', test: 'y' } };
    expect(faultsOf([...FILES, 'notes.txt'], strange)).toEqual([
      'notes.txt is not meant to be published',
      'package.json has dependencies',
      'npm would run the script "postinstall"',
    ]);
    expect(faultsOf(FILES.slice(1), {})).toEqual([`${FILES[0]} is missing`]);
  });

  test('is what publint calls well-formed', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed(), pack: false });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });
});

describe('in a new project', () => {
  test('require() takes it', () => {
    writeFileSync(
      join(project, 'required.cjs'),
      `const { layerNorm, tensor } = require('normlayers');
       console.log(JSON.stringify([...layerNorm(tensor([1, 3]), 2).data].map((v) => Math.round(v * 100) / 100)));`,
    );
    expect(JSON.parse(node('--no-warnings', 'required.cjs'))).toEqual([-1, 1]);
  });

  test('import compiles nothing; the first call does, once', () => {
    const result = program(
      'lazy.mjs',
      `let compiled = 0;
       const { Module } = WebAssembly;
       WebAssembly.Module = class extends Module { constructor(bytes) { super(bytes); compiled += bytes.length; } };
       for (const name of ['compile', 'instantiate', 'validate', 'compileStreaming', 'instantiateStreaming']) {
         WebAssembly[name] = () => { throw new Error(name + ' was called'); };
       }
       const { GroupNorm, layerNorm, tensor } = await import('normlayers');
       const norm = new GroupNorm(1, 2);
       const atImport = compiled;
       layerNorm(tensor([1, 2]), 2);
       const atFirstCall = compiled;
       layerNorm(tensor([1, 2, 3]), 3);
       norm.forward(tensor([[1, 2]]));
       console.log(JSON.stringify({ atImport, atFirstCall, atLastCall: compiled }));`,
    );
    const { atFirstCall } = result as { atFirstCall: number };
    // The module, and the tiny one that unpacks it.
    const size = statSync(installed('dist', 'normlayers.wasm')).size;
    expect(atFirstCall).toBeGreaterThan(size);
    expect(atFirstCall).toBeLessThan(size + 400);
    expect(result).toEqual({ atImport: 0, atFirstCall, atLastCall: atFirstCall });
  });

  test('it works where an AudioWorklet lacks what pages have', () => {
    const result = program(
      'worklet.mjs',
      `for (const name of ['atob', 'TextDecoder', 'TextEncoder', 'URL', 'performance', 'Buffer', 'fetch']) {
         Object.defineProperty(globalThis, name, { value: undefined, configurable: true, writable: true });
       }
       const { rmsNorm, tensor } = await import('normlayers');
       console.log(JSON.stringify([...rmsNorm(tensor([2, 2]), 2).data].map(Math.fround).map((v) => v.toFixed(3))));`,
    );
    expect(result).toEqual(['1.000', '1.000']);
  });

  test('it works where the engine has no finalisers', () => {
    const result = program(
      'finalisers.mjs',
      `delete globalThis.FinalizationRegistry;
       const { layerNormForward, memory, tensor } = await import('normlayers');
       const { y, saved } = layerNormForward(tensor([[1, 3]]), 2);
       for (const each of [y, saved]) each.dispose();
       console.log(JSON.stringify(memory().tensors));`,
    );
    expect(result).toBe(1);
  });

  test('the core takes the module file, and carries none', () => {
    const result = program(
      'core.mjs',
      `import { readFileSync } from 'node:fs';
       import { createRequire } from 'node:module';
       import { createRuntime, layerNorm, tensor } from 'normlayers/core';
       const file = createRequire(import.meta.url).resolve('normlayers/normlayers.wasm');
       const runtime = createRuntime({ module: new WebAssembly.Module(readFileSync(file)) });
       console.log(JSON.stringify(layerNorm(tensor([[1, 3]], undefined, { runtime }), 2).shape));`,
    );
    expect(result).toEqual([1, 2]);
    for (const name of filesOf(installed('dist'), 'core.js')) expect(dist(name)).not.toMatch(EMBEDDED);
  });

  test('the root and the core share one copy of everything', () => {
    const result = program(
      'shared.mjs',
      `import * as root from 'normlayers';
       import * as core from 'normlayers/core';
       const names = Object.keys(root).sort();
       console.log(JSON.stringify({
         missing: Object.keys(core).filter((name) => !names.includes(name)),
         different: names.filter((name) => root[name] !== core[name]),
         names,
       }));`,
    );
    const operations = ['batchNorm', 'groupNorm', 'instanceNorm', 'layerNorm', 'rmsNorm'];
    const names = [
      ...operations.flatMap((name) => [name, `${name}Backward`, `${name}Forward`]),
      ...['BatchNorm', 'GroupNorm', 'InstanceNorm', 'LayerNorm', 'RMSNorm'],
      ...['MemoryError', 'StateError', 'UnsupportedError', 'isNormError'],
      ...['backward', 'createRuntime', 'isSupported', 'loadRuntime', 'memory', 'setDefaultRuntime'],
      ...['empty', 'full', 'keep', 'ones', 'scope', 'tensor', 'zeros'],
    ];
    expect(result).toEqual({ missing: [], different: [], names: names.sort() });
  });

  test('the workerd entry runs on an imported module, where bytes are refused', () => {
    // As workerd does it: the import of the .wasm gives a compiled module, and nothing else compiles.
    const result = program(
      'workerd.mjs',
      `import { readFileSync, writeFileSync } from 'node:fs';
       const folder = ${JSON.stringify(installed('dist'))};
       const source = readFileSync(folder + '/workerd.js', 'utf8');
       writeFileSync(folder + '/workerd-simulated.js', source.replace('"./normlayers.wasm"', '"./compiled.js"'));
       writeFileSync(folder + '/compiled.js', "import { readFileSync } from 'node:fs';" +
         "export default new WebAssembly.Module(readFileSync(new URL('./normlayers.wasm', import.meta.url)));");
       await import(folder + '/compiled.js');
       const { Module } = WebAssembly;
       WebAssembly.Module = new Proxy(Module, { construct() { throw new Error('Wasm code generation disallowed'); } });
       const { layerNorm, tensor } = await import(folder + '/workerd-simulated.js');
       console.log(JSON.stringify(layerNorm(tensor([1, 3]), 2).shape));`,
    );
    expect(result).toEqual([2]);
    expect(dist('workerd.js')).not.toMatch(EMBEDDED);
  });
});

describe('the modules', () => {
  test('cost no more than they may, WebAssembly included', () => {
    const files = filesOf(installed('dist'), 'index.js');
    expect(weigh(installed('dist'), files).brotli).toBeLessThanOrEqual(ROOT_BYTES_MAX);
  });

  test('bundle for browsers without a word, as modules and as scripts', () => {
    writeFileSync(join(project, 'entry.mjs'), "import { layerNorm } from 'normlayers';\nconsole.log(layerNorm);\n");
    for (const format of ['esm', 'iife']) {
      const options = [
        '--bundle',
        '--platform=browser',
        '--log-level=warning',
        '--log-override:empty-import-meta=error',
      ];
      const bundle = esbuild('entry.mjs', `--format=${format}`, ...options);
      expect(bundle).not.toMatch(/import\.meta|node:/);
      expect(bundle).toMatch(EMBEDDED);
    }
  });

  test('import only each other', () => {
    expect(importsOf(dist('index.js'))).toEqual(['./library.js']);
    expect(importsOf(dist('workerd.js'))).toEqual(['./library.js', './normlayers.wasm']);
    expect(importsOf(dist('core.js'))).toEqual(['./library.js']);
    expect(importsOf(dist('library.js'))).toEqual([]);
    for (const name of packed.filter((path) => path.endsWith('.js'))) {
      expect(readFileSync(installed(name), 'utf8')).not.toMatch(/\bimport\s*\(|\brequire\s*\(/);
    }
  });

  test('keep in stack traces, and in inspectors, the names that users know', () => {
    const names = program(
      'names.mjs',
      `import { LayerNorm, StateError, layerNorm, tensor } from 'normlayers';
       const stackOf = (fn) => { try { fn(); } catch ({ stack }) { return stack; } };
       console.log(JSON.stringify({
         called: layerNorm.name,
         made: [LayerNorm, StateError].map(({ name }) => name),
         given: tensor([1]).constructor.name,
         operation: /at layerNorm /.test(stackOf(() => layerNorm(tensor([1]), 2))),
         method: /at LayerNorm.*\\.backward /.test(stackOf(() => new LayerNorm(1).backward(tensor([1])))),
       }));`,
    );
    expect(names).toEqual({
      called: 'layerNorm',
      made: ['LayerNorm', 'StateError'],
      given: 'DenseTensor',
      operation: true,
      method: true,
    });
  });

  test('have no character of more than a byte, for which an engine would keep all in two', () => {
    for (const file of ['library.js', 'index.js']) {
      const source = dist(file);
      expect(source.length).toBeGreaterThan(50_000);
      expect(/[^\0-\x7f]/.test(source)).toBe(false);
    }
  });

  test('show an error that nobody catches, and not themselves', () => {
    const source = "import { layerNorm, ones } from 'normlayers'; layerNorm(ones([2, 3]), 4);";
    writeFileSync(join(project, 'uncaught.mjs'), source);
    const { stderr } = spawnSync(process.execPath, ['uncaught.mjs'], { cwd: project, encoding: 'utf8' });
    // Node prints the line that threw above it.
    const before = stderr.slice(0, stderr.indexOf('RangeError: Given normalized_shape=[4]'));
    expect(before).toContain('library.js');
    expect(before.length).toBeLessThan(500);
  });

  test('leave to a bundle of one operation neither layers nor the other kernels', () => {
    writeFileSync(join(project, 'alone.mjs'), "export { layerNorm } from 'normlayers/core';\n");
    writeFileSync(join(project, 'whole.mjs'), "export * from 'normlayers/core';\n");
    const bundle = (entry: string): string => esbuild(entry, '--bundle', '--format=esm', '--minify');
    const [alone, whole] = [bundle('alone.mjs'), bundle('whole.mjs')];
    for (const name of ['group_norm', 'rms_norm', 'batch_norm', 'running_mean', 'numBatchesTracked']) {
      expect(whole).toContain(name);
      expect(alone).not.toContain(name);
    }
    expect(alone).toContain('layer_norm');
    expect(alone.length).toBeLessThan(whole.length / 2);
  });

  test('an unused import of the root is kept by bundlers, one of the core is not', () => {
    const size = (entry: string): number => {
      writeFileSync(join(project, 'unused.mjs'), `import '${entry}';\n`);
      return esbuild('unused.mjs', '--bundle', '--format=esm', '--log-level=error').length;
    };
    expect(size('normlayers')).toBeGreaterThan(10_000);
    expect(size('normlayers/core')).toBeLessThan(100);
  });
});
