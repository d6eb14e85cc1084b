// Packs bytes of WebAssembly as text that compresses almost as well as they do: one character stands for one byte where
// it can. After brotli it is 3 % larger than they are; hexadecimal digits were 9 %, and base64, whose digits do not fall on
// the bytes, 46 %.
//
// A byte plus 3 (the SIMD prefix 0xfd is then 0) is written in digits of base 89: the low digit, and before it, where
// the high digit is 1 or 2, one of two characters of their own. ts/runtime/unpack.wat reads it.

const BASE = 89;

/** Printable ASCII that needs no escape in a string in double quotes. */
const CHARACTERS = Array.from({ length: 127 - 35 }, (_, i) => String.fromCharCode(35 + i)).filter((c) => c !== '\\');

/** `bytes` as text without spaces. */
export function pack(bytes) {
  return Array.from(bytes, (byte) => {
    const value = (byte + 3) % 256;
    const high = Math.floor(value / BASE);
    const low = CHARACTERS[value % BASE];
    return high === 0 ? low : CHARACTERS[BASE - 1 + high] + low;
  }).join('');
}
