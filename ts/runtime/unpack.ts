// Unpacks the embedded module: a tiny module as hexadecimal digits, a space, and the text that this one turns into bytes.

import { PAGE } from './allocator.js';
import type { WasmMemory } from './engine.js';
import { compileModule, instanceOf } from './seam.js';

interface Unpacker {
  readonly memory: WasmMemory;
  /** Unpacks the text of `length` bytes that lies at 0 to behind it; returns where what it stands for ends. */
  unpack(length: number): number;
}

/** Absent in an AudioWorklet. */
interface Encoders {
  readonly TextEncoder?: new () => { encodeInto(text: string, bytes: Uint8Array): unknown };
}

/** The bytes that `embedded` stands for. */
export function unpack(embedded: string): Uint8Array {
  const space = embedded.indexOf(' ');
  const text = embedded.slice(space + 1);
  const { memory, unpack } = instanceOf(compileModule(decodeHex(embedded.slice(0, space)))) as Unpacker;
  // What it stands for is at most twice as long.
  memory.grow(Math.ceil((3 * text.length) / PAGE));
  const bytes = new Uint8Array(memory.buffer);
  const Encoder = (globalThis as Encoders).TextEncoder;
  if (Encoder === undefined) for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  else new Encoder().encodeInto(text, bytes);
  return bytes.subarray(text.length, unpack(text.length));
}

function decodeHex(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}
