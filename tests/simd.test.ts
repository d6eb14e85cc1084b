// The module as engines meet it: every kernel's loops are vector code, and nothing in it is a surprise.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { disassemble, reachable } from './support/disassembly.ts';

const root = process.cwd();
const file = join(root, 'dist', 'normlayers.wasm');
const wasmDis = join(root, 'node_modules', 'binaryen', 'bin', 'wasm-dis');
const text = execFileSync(process.execPath, [wasmDis, '--all-features', file], {
  encoding: 'utf8',
  maxBuffer: 1 << 28,
});
const module = new WebAssembly.Module(readFileSync(file));
const code = disassemble(text);

const KERNELS = ['layer_norm', 'rms_norm', 'group_norm', 'instance_norm', 'batch_norm', 'frozen'].flatMap((op) =>
  op === 'instance_norm' ? [`${op}_forward`] : [`${op}_forward`, `${op}_backward`],
);
const STATISTICS = ['layer_norm', 'rms_norm', 'group_norm', 'batch_norm'].map((op) => `${op}_statistics`);

describe('SIMD', () => {
  test.each([...KERNELS, ...STATISTICS])('%s computes in vectors, in its loops', (name) => {
    const functions = reachable(code, name);
    const count = (pattern: RegExp): number =>
      functions.reduce((sum, { loopOps }) => sum + loopOps.filter((op) => pattern.test(op)).length, 0);
    expect(count(/^v128\.load/)).toBeGreaterThanOrEqual(4);
    expect(count(/^f32x4\.(add|sub|mul)$/)).toBeGreaterThanOrEqual(4);
    if (!name.endsWith('_statistics')) expect(count(/^v128\.store/)).toBeGreaterThanOrEqual(2);
  });

  test('none of it is relaxed: results do not depend on the machine', () => {
    expect(text).not.toMatch(/relaxed/);
  });
});

describe('the module', () => {
  test('imports nothing', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([]);
  });

  test('exports its memory, and nothing that could allocate', () => {
    const names = WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(names).toContain('memory');
    expect(names.filter((name) => /malloc|realloc|free/.test(name))).toEqual([]);
    expect(text).not.toMatch(/memory\.grow/);
  });

  test('runs nothing when it is instantiated', () => {
    expect(text).not.toMatch(/^ \(start /m);
  });

  test('leaves the lowest KiB alone, as its optimiser was told', () => {
    const offsets = [...text.matchAll(/^ \(data \S+ \(i32\.const (\d+)\)/gm)].map((match) => Number(match[1]));
    for (const offset of offsets) expect(offset).toBeGreaterThanOrEqual(1024);
    const instance = new WebAssembly.Instance(module);
    const { heap_base, memory } = instance.exports as { heap_base(): number; memory: WebAssembly.Memory };
    expect(heap_base()).toBeGreaterThan(Math.max(1024, ...offsets));
    expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(heap_base());
  });

  test('starts small: a runtime that is not used costs next to nothing', () => {
    const pages = Number(/\(memory \S+ (\d+)/.exec(text)?.[1]);
    expect(pages * 64).toBeLessThanOrEqual(512);
  });
});
