// Decodes the embedded module where neither `Uint8Array.fromBase64` nor `Buffer` exist: a cold `atob` is slower,
// and AudioWorklets have none.

interface FastDecoders {
  readonly Buffer?: { from?(text: string, encoding: 'base64'): Uint8Array };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The bytes of `text`, standard base64 without line breaks. */
export function decodeBase64(text: string): Uint8Array {
  const native = (Uint8Array as { fromBase64?(text: string): Uint8Array }).fromBase64;
  if (typeof native === 'function') return native.call(Uint8Array, text);
  const buffer = (globalThis as FastDecoders).Buffer;
  if (typeof buffer?.from === 'function') return buffer.from(text, 'base64');
  return decodePortably(text);
}

export function decodePortably(text: string): Uint8Array {
  const values = new Uint8Array(128);
  for (let i = 0; i < 64; i++) values[ALPHABET.charCodeAt(i)] = i;
  let length = text.length;
  while (length > 0 && text.charCodeAt(length - 1) === 61) length--;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < length; i++) {
    held = (held << 6) | (values[text.charCodeAt(i)] as number);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
  }
  return bytes;
}
