// A piece of linear memory with its owners counted, and a finaliser as a net for what was forgotten.

import type { Block } from '../runtime/allocator.js';
import type { WasmRuntime } from '../runtime/runtime.js';

// A size of 0 takes no memory, yet kernels take address 0 for "absent": an aligned address that nobody uses.
const NOWHERE = 64;

/** What is given back. The finaliser holds it, so it must not lead to the storage itself. */
class Lease {
  readonly runtime: WasmRuntime;
  block: Block | null;
  /** Tensors alive on this storage, to be taken off the runtime's count when all were forgotten. */
  tensors = 0;

  constructor(runtime: WasmRuntime, block: Block | null) {
    this.runtime = runtime;
    this.block = block;
  }

  end(): void {
    const { block, runtime } = this;
    this.block = null;
    if (!runtime.alive) return;
    runtime.tensors -= this.tensors;
    this.tensors = 0;
    if (block !== null) runtime.allocator.free(block);
  }
}

interface Registry {
  register(target: object, held: Lease): void;
}
type RegistryClass = new (callback: (lease: Lease) => void) => Registry;

let registry: Registry | null | undefined;

function finalisers(): Registry | null {
  if (registry === undefined) {
    const Class = (globalThis as { FinalizationRegistry?: RegistryClass }).FinalizationRegistry;
    registry = Class === undefined ? null : new Class((lease) => lease.end());
  }
  return registry;
}

// A view keeps its storage reachable, and so out of the finaliser's hands. Not a property of the view: that would
// give typed arrays a second hidden class, and slow down every access to them.
const shownBy = new WeakMap<object, Storage>();

/** Counts the writes of this library, so that a later one can be told from an earlier one. */
let clock = 0;

export function now(): number {
  return clock;
}

export class Storage {
  readonly runtime: WasmRuntime;
  readonly start: number;
  readonly bytes: number;
  #owners = 1;
  #registered = false;
  #watchers = 0;
  /** Writes since somebody watches: triples of start, end (addresses) and time. */
  #writes: number[] = [];
  readonly #lease: Lease;

  /** Takes `bytes` of `runtime`'s memory; the first owner is the caller. */
  constructor(runtime: WasmRuntime, bytes: number) {
    const block = bytes === 0 ? null : runtime.allocate(bytes);
    this.runtime = runtime;
    this.start = block === null ? NOWHERE : block.start;
    this.bytes = bytes;
    this.#lease = new Lease(runtime, block);
  }

  retain(): void {
    this.#owners++;
  }

  release(): void {
    if (--this.#owners === 0) this.#lease.end();
  }

  get owned(): boolean {
    return this.#owners > 0;
  }

  /** Has the memory freed when the last object that leads here was forgotten. Costly, so not done in scopes. */
  protect(): void {
    if (this.#registered) return;
    this.#registered = true;
    finalisers()?.register(this, this.#lease);
  }

  countTensor(by: 1 | -1): void {
    this.#lease.tensors += by;
    this.runtime.tensors += by;
  }

  /** Keeps the memory as long as `view` is reachable. */
  shownIn(view: object): void {
    shownBy.set(view, this);
  }

  watch(): void {
    this.#watchers++;
  }

  unwatch(): void {
    if (--this.#watchers === 0) this.#writes = [];
  }

  /** Notes that the bytes from `start` to before `end` were written. */
  noteWrite(start: number, end: number): void {
    if (this.#watchers === 0 || start === end) return;
    const writes = this.#writes;
    const time = ++clock;
    let kept = 0;
    // Earlier writes inside this one tell nothing more; without them the list stays as short as the parts written.
    for (let i = 0; i < writes.length; i += 3) {
      const from = writes[i] as number;
      const to = writes[i + 1] as number;
      if (start <= from && to <= end) continue;
      writes[kept++] = from;
      writes[kept++] = to;
      writes[kept++] = writes[i + 2] as number;
    }
    writes.length = kept;
    writes.push(start, end, time);
  }

  /** Whether a byte from `start` to before `end` was written after `time`. */
  writtenSince(time: number, start: number, end: number): boolean {
    const writes = this.#writes;
    for (let i = 0; i < writes.length; i += 3) {
      if ((writes[i + 2] as number) > time && (writes[i] as number) < end && start < (writes[i + 1] as number)) {
        return true;
      }
    }
    return false;
  }
}
