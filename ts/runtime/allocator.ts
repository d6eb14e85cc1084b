// Hands out linear memory. WebAssembly never allocates here, so the book-keeping is plain JavaScript objects.
//
// Blocks lie side by side in a doubly linked list, in the order of their addresses; free ones are also in one of
// some 200 bins by size, eight to each power of two. A request is served by the first block that fits in its own
// bin, else by any of the next bin that is not empty; what is left over becomes a free block, and neighbours are
// joined when a block is freed. Memory grows only when nothing fits, and then by an eighth at least: growing is slow,
// and empties every view. What was asked for by its size (`reserve`) is grown exactly.

import { MemoryError } from '../errors.js';
import type { WasmMemory } from './engine.js';

export const PAGE = 65536;
export const ALIGNMENT = 64;

/** Where nothing lies: what has no bytes needs an address, too, for kernels take 0 for "absent". Nobody uses it. */
export const NOWHERE = ALIGNMENT;

const BIN_COUNT = 216;

/** Memory grows by one part in so many, where less is missing. */
const GROWTH = 8;

// Kernels keep the ends of what they read in 32 bits, where one at 4 GiB would be 0: nobody gets the bytes before it.
const ADDRESS_MAX = 2 ** 32 - ALIGNMENT;

/** A piece of linear memory; `start` is a byte offset. */
export interface Block {
  readonly start: number;
  readonly size: number;
}

interface Node extends Block {
  start: number;
  size: number;
  free: boolean;
  before: Node | null;
  after: Node | null;
  binBefore: Node | null;
  binAfter: Node | null;
}

function align(bytes: number): number {
  // Not by bit operations: sizes reach 2^32.
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function binOf(size: number): number {
  const units = size / ALIGNMENT;
  if (units < 8) return units;
  const power = 31 - Math.clz32(units);
  return (power - 2) * 8 + ((units >>> (power - 3)) & 7);
}

export class Allocator {
  readonly #memory: WasmMemory;
  readonly #debug: boolean;
  readonly #bins: (Node | null)[] = new Array(BIN_COUNT).fill(null);
  /** One bit for each bin that is not empty. */
  readonly #filled = new Uint32Array(Math.ceil(BIN_COUNT / 32));
  readonly #base: number;
  #last: Node | null = null;
  #end: number;
  /** Bytes that blocks handed out take, rounded up to the alignment. */
  bytesInUse = 0;
  /** The size that memory may reach: whole pages. */
  readonly bytesMax: number;

  /** Takes everything from `base` to the end of `memory`, and lets it grow to `bytesMax`. */
  constructor(memory: WasmMemory, base: number, bytesMax: number, debug: boolean) {
    this.#memory = memory;
    this.#debug = debug;
    this.bytesMax = bytesMax;
    this.#base = align(base);
    this.#end = memory.buffer.byteLength;
    this.#insertTail(this.#base);
  }

  /** The size of linear memory at present. */
  get bytesReserved(): number {
    return this.#end;
  }

  /** A block of at least `bytes` (more than 0), aligned; its contents are arbitrary. Throws MemoryError. */
  allocate(bytes: number): Block {
    const size = align(bytes);
    // The bins are for sizes that memory can have.
    if (size > this.bytesMax) this.#refuse(bytes);
    const node = this.#find(size) ?? this.#grow(size);
    this.#unbin(node);
    if (node.size > size) this.#split(node, size);
    node.free = false;
    this.bytesInUse += size;
    return node;
  }

  free(block: Block): void {
    let node = block as Node;
    if (node.free) return;
    this.bytesInUse -= node.size;
    // All ones are NaN in float32 and in float64.
    if (this.#debug) new Uint8Array(this.#memory.buffer, node.start, node.size).fill(0xff);
    const { before, after } = node;
    if (after?.free) {
      this.#unbin(after);
      this.#join(node, after);
    }
    if (before?.free) {
      this.#unbin(before);
      this.#join(before, node);
      node = before;
    }
    this.#bin(node);
  }

  /** Grows now, so that blocks of `bytes` together need no growth later. Throws MemoryError. */
  reserve(bytes: number): void {
    if (this.#base + bytes > ADDRESS_MAX) this.#refuse(bytes);
    this.growTo(this.#base + bytes, bytes);
  }

  /** Grows memory to at least `bytes` altogether, of which a caller asked for `asked`. Throws MemoryError. */
  growTo(bytes: number, asked = bytes): void {
    if (bytes <= this.#end) return;
    if (bytes > this.bytesMax) this.#refuse(asked);
    const pages = Math.ceil((bytes - this.#end) / PAGE);
    try {
      this.#memory.grow(pages);
    } catch (cause) {
      this.#refuse(asked, cause);
    }
    this.#takeGrown(pages);
  }

  /** Grows by more pages than `missing`, as far as `bytesMax` and the engine allow; says whether it did. */
  #growAmply(missing: number): boolean {
    const pages = Math.min(Math.ceil(this.#end / PAGE / GROWTH), (this.bytesMax - this.#end) / PAGE);
    if (pages <= missing) return false;
    try {
      this.#memory.grow(pages);
    } catch {
      return false;
    }
    this.#takeGrown(pages);
    return true;
  }

  #takeGrown(pages: number): void {
    const before = this.#end;
    this.#end += pages * PAGE;
    this.#insertTail(Math.max(before, this.#base));
  }

  #find(size: number): Node | null {
    const bin = binOf(size);
    for (let node = this.#bins[bin] as Node | null; node !== null; node = node.binAfter) {
      if (node.size >= size) return node;
    }
    let word = (bin + 1) >>> 5;
    let bits = word < this.#filled.length ? (this.#filled[word] as number) & (-1 << ((bin + 1) & 31)) : 0;
    while (bits === 0) {
      if (++word >= this.#filled.length) return null;
      bits = this.#filled[word] as number;
    }
    return this.#bins[word * 32 + 31 - Math.clz32(bits & -bits)] as Node;
  }

  #grow(size: number): Node {
    const last = this.#last;
    const start = last === null ? this.#base : last.free ? last.start : last.start + last.size;
    if (start + size > ADDRESS_MAX) this.#refuse(size);
    if (!this.#growAmply(Math.ceil((start + size - this.#end) / PAGE))) this.growTo(start + size, size);
    return this.#last as Node;
  }

  #refuse(asked: number, cause?: unknown): never {
    const cure = this.bytesMax < ADDRESS_MAX ? ', or give createRuntime a larger maxMemory' : '';
    throw new MemoryError(
      `cannot allocate ${asked} bytes: ${this.bytesInUse} bytes are in use, ${this.#end} reserved, and memory may ` +
        `reach ${this.bytesMax}; dispose tensors${cure}`,
      cause === undefined ? undefined : { cause },
    );
  }

  /** Takes the bytes from `start` to the end of memory for blocks. */
  #insertTail(start: number): void {
    const size = Math.min(this.#end, ADDRESS_MAX) - start;
    if (size <= 0) return;
    const last = this.#last;
    if (last?.free) {
      this.#unbin(last);
      last.size += size;
      this.#bin(last);
      return;
    }
    const node = makeNode(start, size, last, null);
    if (last !== null) last.after = node;
    this.#last = node;
    this.#bin(node);
  }

  /** Cuts `node` down to `size`; the rest becomes a free block. */
  #split(node: Node, size: number): void {
    const rest = makeNode(node.start + size, node.size - size, node, node.after);
    if (node.after !== null) node.after.before = rest;
    else this.#last = rest;
    node.after = rest;
    node.size = size;
    this.#bin(rest);
  }

  #join(node: Node, after: Node): void {
    node.size += after.size;
    node.after = after.after;
    if (after.after !== null) after.after.before = node;
    else this.#last = node;
  }

  #bin(node: Node): void {
    const bin = binOf(node.size);
    const first = this.#bins[bin] as Node | null;
    node.free = true;
    node.binBefore = null;
    node.binAfter = first;
    if (first !== null) first.binBefore = node;
    this.#bins[bin] = node;
    this.#filled[bin >>> 5] = (this.#filled[bin >>> 5] as number) | (1 << (bin & 31));
  }

  #unbin(node: Node): void {
    const { binBefore, binAfter } = node;
    if (binAfter !== null) binAfter.binBefore = binBefore;
    if (binBefore !== null) {
      binBefore.binAfter = binAfter;
      return;
    }
    const bin = binOf(node.size);
    this.#bins[bin] = binAfter;
    if (binAfter === null) this.#filled[bin >>> 5] = (this.#filled[bin >>> 5] as number) & ~(1 << (bin & 31));
  }
}

function makeNode(start: number, size: number, before: Node | null, after: Node | null): Node {
  return { start, size, free: true, before, after, binBefore: null, binAfter: null };
}
