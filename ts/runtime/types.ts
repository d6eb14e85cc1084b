// The public face of a runtime.

import type { WasmModule } from './engine.js';

/** What a runtime holds; sizes in bytes. */
export interface MemoryInfo {
  /** Tensors not yet disposed (views included, those lent by `saved` not). */
  readonly tensors: number;
  /** Bytes that tensors, saved states and layers take; what operations work in meanwhile is not counted. */
  readonly bytesInUse: number;
  /** The present size of linear memory; it never shrinks. */
  readonly bytesReserved: number;
  /** What linear memory may reach. */
  readonly bytesMax: number;
}

/** How a runtime uses memory. */
export interface MemoryOptions {
  /**
   * Bytes to start with, rounded up to pages of 64 KiB as far as `maxMemory` goes. Equal to `maxMemory`, memory never
   * grows, and `.data` stays valid.
   */
  readonly initialMemory?: number | undefined;
  /** Bytes never to exceed, rounded down to pages of 64 KiB; default 4 GiB. */
  readonly maxMemory?: number | undefined;
  /** Fill freed memory with NaN, so that reading it shows; default false. */
  readonly debug?: boolean | undefined;
}

/** Options of {@link createRuntime}. */
export interface RuntimeOptions extends MemoryOptions {
  /** A compiled normlayers.wasm (`WebAssembly.Module`); by default the one the package carries. */
  readonly module?: WasmModule | undefined;
  /** The bytes of normlayers.wasm, compiled here and now. */
  readonly bytes?: ArrayBufferView | ArrayBuffer | undefined;
}

/**
 * One instance of the WebAssembly module with a memory of its own. It belongs to its thread.
 *
 * Never make one per request or per component: a page may have about a hundred WebAssembly memories.
 */
export interface Runtime extends Disposable {
  /** The compiled module (`WebAssembly.Module`); it can be posted to workers and worklets. */
  readonly module: WasmModule;
  readonly disposed: boolean;
  /** What this runtime holds at present. */
  memory(): MemoryInfo;
  /**
   * Grows memory now, so that `bytes` in use need no growth later, and views taken from `.data` stay valid till then.
   * What operations work in comes on top: the first call with larger shapes may still grow memory for it.
   * @throws MemoryError when `maxMemory`, or the machine, does not allow it
   */
  reserve(bytes: number): void;
  /** Gives all its memory back. Its tensors and layers are dead from then on: `disposed` is true, and use throws. */
  dispose(): void;
  /** `Runtime (3 tensors)` */
  toString(): string;
  /** The same. */
  toJSON(): string;
}
