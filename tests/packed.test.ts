// The packed module is the module: its text, unpacked as the library does it, gives the same bytes.
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import binaryen from 'binaryen';
import { CHARACTERS, pack, unpacked } from '../scripts/lib/pack.mjs';

const dist = (file: string) => readFileSync(new URL(`../dist/${file}`, import.meta.url));
// (A literal with escapes: a minifier does not leave what would end a script, or a comment of HTML.)
const [literal] = /"[0-9a-f]{99,} [^"]+"/.exec(dist('index.js').toString()) as unknown as [string];
const [DIGITS, TEXT] = (runInNewContext(literal) as string).split(' ') as [string, string];
const UNPACKER = Buffer.from(DIGITS, 'hex');

/** A module of one function with that body, and most that there is beside it. */
function bytes(body: string): Buffer<ArrayBuffer> {
  const module = binaryen.parseText(
    `(module (memory 1) (global $g (mut i32) (i32.const 0)) (table 1 funcref) (elem (i32.const 0) $f)
     (func $f (export "f") (param i32) (local v128) ${body}) (data (i32.const 8) "\\ff\\00\\fd"))`,
  );
  module.setFeatures(binaryen.Features.All);
  return Buffer.from(module.emitBinary());
}

test('the text that the package carries is its module', () => {
  expect(unpacked(UNPACKER, TEXT).equals(dist('normlayers.wasm'))).toBe(true);
});

test('no character twice, and none that a string would escape', () => {
  expect(new Set(CHARACTERS).size).toBe(91);
  expect(CHARACTERS.join('')).toMatch(/^[!#-[\]-~]{91}$/);
});

// Whatever a compiler may come to make of the kernels.
test.each([
  ['a jump table', '(block (block (br_table 0 1 0 (local.get 0))))'],
  ['a call', '(call $f (i32.const -1))'],
  ['a call through a table', '(call_indirect (param i32) (i32.const 300) (i32.const 0))'],
  ['constants', '(drop (i64.const -1)) (drop (f32.const -0.1)) (drop (f64.const -1e300))'],
  ['a vector of constants', '(drop (v128.const i32x4 -1 2 -3 0x80808080))'],
  ['lanes', '(drop (i32x4.extract_lane 3 (i32x4.splat (local.get 0))))'],
  ['a shuffle', '(drop (i8x16.shuffle 0 31 1 30 2 29 3 28 4 27 5 26 6 25 7 24 (local.get 1) (local.get 1)))'],
  ['loads and stores', '(i32.store16 offset=70000 (local.get 0) (i32.load8_s offset=3 (local.get 0)))'],
  ['those of vectors', '(v128.store offset=200 (local.get 0) (v128.load32_zero (local.get 0)))'],
  [
    'those of a lane',
    '(v128.store64_lane offset=200 1 (local.get 0) (v128.load8_lane 15 (local.get 0) (local.get 1)))',
  ],
  ['memory as a whole', '(drop (memory.grow (memory.size))) (memory.fill (local.get 0) (i32.const 0) (i32.const 9))'],
  ['bulk memory', '(memory.copy (local.get 0) (i32.const 0) (i32.const 9))'],
  ['a conversion that saturates', '(drop (i32.trunc_sat_f32_u (f32.const 1)))'],
  ['a choice of vectors', '(drop (select (result v128) (local.get 1) (local.get 1) (local.get 0)))'],
  [
    'globals, blocks and loops',
    '(global.set $g (if (result i32) (global.get $g) (then (i32.const 1)) (else (unreachable))))',
  ],
])('%s', (_, body) => {
  const module = bytes(body);
  expect(WebAssembly.validate(module)).toBe(true);
  expect(unpacked(UNPACKER, pack(module)).equals(module)).toBe(true);
});

describe('what cannot be packed stops the build', () => {
  test.each([
    ['an instruction that is not known', '(drop (ref.func $f))', /does not know the instruction 0xd2/],
    ['a word that is followed by too much', `(br_table ${'0 '.repeat(300)} (local.get 0))`, /does not fit its format/],
    ['much more than its text', `(local.get 1) ${'f32x4.sqrt '.repeat(1000)} drop`, /makes no room for so much/],
  ])('%s', (_, body, message) => {
    const module = bytes(body);
    expect(WebAssembly.validate(module)).toBe(true);
    expect(() => pack(module)).toThrow(message);
  });

  test('a module that is cut off, in a number, in a constant or in its data', () => {
    const module = bytes('(drop (i64.const 1000)) (drop (v128.const i32x4 1 2 3 4))');
    const number = module.indexOf(Buffer.from([0x42, 0xe8, 0x07]));
    const constant = module.indexOf(Buffer.from([0xfd, 0x0c, 1, 0, 0, 0, 2]));
    expect(Math.min(number, constant)).toBeGreaterThan(0);
    for (const end of [number + 2, constant + 1, constant + 9, module.length - 1]) {
      expect(() => pack(module.subarray(0, end))).toThrow(/ends in the middle/);
    }
  });
});
