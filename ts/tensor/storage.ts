// A piece of linear memory with its owners counted, and a finaliser as a net for what was forgotten.

import { type Block, NOWHERE } from '../runtime/allocator.js';
import type { WasmRuntime } from '../runtime/runtime.js';
import { endWith, type Held } from './finaliser.js';

/** What is given back. The finaliser holds it, so it must not lead to the storage itself. */
class Lease implements Held {
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

// A view keeps its storage reachable, and so out of the finaliser's hands. Not a property of the view: that would
// give typed arrays a second hidden class, and slow down every access to them.
const shownBy = new WeakMap<object, Storage>();

/** Somebody's interest in the bytes from `start` to before `end`, and whether they were written since it began. */
export interface Watch {
  readonly start: number;
  readonly end: number;
  written: boolean;
}

export class Storage {
  readonly runtime: WasmRuntime;
  readonly start: number;
  readonly bytes: number;
  #owners = 1;
  #registered = false;
  /** As many as there are saved states of this memory: mostly none, one or two. */
  readonly #watches: Watch[] = [];
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

  /** What {@link release} does for an owner that was forgotten: a view may still show the memory. */
  abandon(): void {
    if (--this.#owners === 0) this.protect();
  }

  /** Has the memory freed when the last object that leads here was forgotten. Costly, so not done in scopes. */
  protect(): void {
    if (this.#registered) return;
    this.#registered = true;
    endWith(this, this.#lease);
  }

  countTensor(by: 1 | -1): void {
    this.#lease.tensors += by;
    this.runtime.tensors += by;
  }

  /** Keeps the memory as long as `view` is reachable. */
  shownIn(view: object): void {
    shownBy.set(view, this);
  }

  /** Tells by `written` whether a byte from `start` to before `end` is written from now on. */
  watch(start: number, end: number): Watch {
    const watch = { start, end, written: false };
    this.#watches.push(watch);
    return watch;
  }

  unwatch(watch: Watch): void {
    const watches = this.#watches;
    const last = watches.pop() as Watch;
    if (last !== watch) watches[watches.indexOf(watch)] = last;
  }

  /** Notes that the bytes from `start` to before `end` were written. */
  noteWrite(start: number, end: number): void {
    if (start === end) return;
    const watches = this.#watches;
    for (let i = 0; i < watches.length; i++) {
      const watch = watches[i] as Watch;
      if (start < watch.end && watch.start < end && watch.start < watch.end) watch.written = true;
    }
  }
}
