// Packs a module of WebAssembly as text: taken apart (split.mjs), and one character for one byte where it can. After brotli
// the text is smaller than the module itself by a seventh, which in hexadecimal digits is 8 % larger, and in base64, whose
// digits do not fall on the bytes, 34 %.
//
// A byte is written in digits of base 89: the low digit, and before it, where the high digit is 1 or 2, one of two
// characters of their own. ts/runtime/unpack.wat reads it.

import { split } from './split.mjs';

const BASE = 89;

/** Printable ASCII that needs no escape in a string in double quotes. */
export const CHARACTERS = Array.from({ length: 127 - 35 }, (_, i) => String.fromCharCode(35 + i)).filter(
  (c) => c !== '\\',
);

/** `bytes`, a module, as text without spaces. */
export function pack(bytes) {
  const digits = Array.from(split(bytes), (byte) => {
    const high = Math.floor(byte / BASE);
    const low = CHARACTERS[byte % BASE];
    return high === 0 ? low : CHARACTERS[BASE - 1 + high] + low;
  });
  const text = digits.join('');
  if (bytes.length > 2 * text.length) throw new Error('ts/runtime/unpack.ts makes no room for so much.');
  return text;
}

/** What `text` stands for, by `unpacker`, the module that ts/runtime/unpack.wat is. */
export function unpacked(unpacker, text) {
  const { memory, unpack } = new WebAssembly.Instance(new WebAssembly.Module(unpacker)).exports;
  memory.grow(Math.ceil((3 * text.length) / 65536));
  Buffer.from(memory.buffer).write(text);
  return Buffer.from(memory.buffer.slice(text.length, unpack(text.length)));
}
