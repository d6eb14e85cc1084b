// What the build takes out of the module is what nothing reads: data that something may read stop it.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import binaryen from 'binaryen';
import { withoutData, withoutGlue } from '../scripts/lib/unused.mjs';

const DATA = '(data (i32.const 262144) "abcdefghijkl")';
const AT = '(result i32)';

/** A module in text, as bytes. */
function bytes(text: string): Buffer {
  const module = binaryen.parseText(`(module (memory 5) ${text})`);
  module.setFeatures(binaryen.Features.All);
  return Buffer.from(module.emitBinary());
}

describe('data stay where they may be read', () => {
  const rows: [how: string, text: string][] = [
    ['by an offset', `${DATA} (func (export "f") (param i32) ${AT} (i32.load offset=262148 (local.get 0)))`],
    [
      'in a table that is read from a later entry on',
      `${DATA} (func (export "f") (param i32) ${AT} (i32.load offset=262128 (i32.shl (local.get 0) (i32.const 2))))`,
    ],
    [
      'from a base and an offset',
      `${DATA} (func (export "f") (param i32) ${AT} (i32.load offset=200 (i32.add (local.get 0) (i32.const 262000))))`,
    ],
    [
      'from their end backwards',
      `${DATA} (func (export "f") (param i32) ${AT} (i32.load (i32.sub (i32.const 262156) (local.get 0))))`,
    ],
    [
      'by half of an i64',
      `${DATA} (func (export "f") (param i32) (i64.store (local.get 0) (i64.const 1125917086973956)))`,
    ],
    [
      'by a lane of a v128',
      `${DATA} (func (export "f") (param i32) (v128.store (local.get 0) (v128.const i32x4 0x00040004 0 0 0)))`,
    ],
    ['by a global', `(global $g i32 (i32.const 262148)) ${DATA} (func (export "f") ${AT} (i32.load (global.get $g)))`],
    [
      'at an address that a global tells',
      `(global $g i32 (i32.const 262144)) (data (global.get $g) "abcdefghijkl") (func (export "f") ${AT} (i32.const 7))`,
    ],
    [
      'when a function asks for them',
      `(data $p "abcd") (func (export "f") (memory.init $p (i32.const 0) (i32.const 0) (i32.const 4)))`,
    ],
  ];
  test.each(rows)('%s', (_, text) => {
    expect(() => withoutData(binaryen, bytes(text))).toThrow(/data/);
  });
});

test('data that nothing names go, and the rest stays', () => {
  const whole = bytes(`${DATA} (global (mut i32) (i32.const 262144)) (func (export "f") ${AT} (i32.const 7))`);
  const less = withoutData(binaryen, whole);
  expect(less.length).toBeLessThan(whole.length);
  expect(less.includes('abcdefghijkl')).toBe(false);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(less)));
  expect((exports.f as () => number)()).toBe(7);
});

test('the module that is published has no data', () => {
  expect(binaryen.readBinary(readFileSync('dist/normlayers.wasm')).emitText()).not.toMatch(/\(data /);
});

describe('ways to panic', () => {
  /** A function of that name that an export calls, named in the module. */
  function named(name: string, type: string, body: string): Uint8Array {
    const module = binaryen.parseText(
      `(module (global $g (export "g") (mut i32) (i32.const 0))
         (func $${name} ${type} ${body}) (func (export "f") ${type} (call $${name})))`,
    );
    binaryen.setDebugInfo(true);
    return module.emitBinary();
  }

  test('trap, and do nothing else', () => {
    const body = '(global.set $g (i32.const 1)) (unreachable)';
    const bytes = withoutGlue(binaryen, named('core::slice::slice_index_fail', '', body));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(bytes)));
    expect(exports.f as () => void).toThrow(WebAssembly.RuntimeError);
    expect((exports.g as WebAssembly.Global).value).toBe(0);
  });

  test.each([
    ['no function is named as they are', 'core::slice::sort', '', '', /panic/],
    ['one of them returns a value', 'core::panicking::count', '(result i32)', '(i32.const 1)', /count.*returns/],
    ['one ends, with no value', 'core::slice::log_fail', '', '(global.set $g (i32.const 1))', /log_fail.*returns/],
    [
      'one returns before its end',
      'core::panicking::try_again',
      '',
      '(if (global.get $g) (then (return))) (unreachable)',
      /try_again.*returns/,
    ],
  ])('stop the build where %s', (_, name, type, body, message) => {
    expect(() => withoutGlue(binaryen, named(name, type, body))).toThrow(message);
  });
});
