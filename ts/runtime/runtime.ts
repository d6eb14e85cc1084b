// A runtime: one instance of the module, the memory its tensors live in, and the scratch its kernels work in.

import { checkFlag, checkOptions, type NamesOf } from '../arguments.js';
import { LAYOUT, layoutOf, OWNED, RUNTIME } from '../brand.js';
import { DISPOSE } from '../disposable.js';
import { describe, disposedError, typeError, valueError, versionError } from '../errors.js';
import { Allocator, type Block, NOWHERE, PAGE } from './allocator.js';
import { isWasmModule, type WasmModule } from './engine.js';
import { carriedModule, keepCompiled } from './module.js';
import { compileModule, instantiate, type Kernels } from './seam.js';
import type { MemoryInfo, MemoryOptions, Runtime, RuntimeOptions } from './types.js';

const BYTES_MAX = 65536 * PAGE;
/** No build of the module starts with less: a stack of four pages, and its data. */
const BYTES_MIN = 5 * PAGE;

export class WasmRuntime implements Runtime {
  readonly module: WasmModule;
  /** The exports of the instance; nobody may call them once `alive` is false. */
  kernels: Kernels;
  allocator: Allocator;
  alive = true;
  tensors = 0;
  #scratch: Block | null = null;
  #doubles = new Float64Array(0);
  /** What `reserve` promised to tensors. */
  #reserved = 0;

  constructor(module: WasmModule, limits: MemoryLimits) {
    this.module = module;
    this.kernels = instantiate(module);
    const { memory } = this.kernels;
    const least = memory.buffer.byteLength;
    if (limits.max < least) throw tooSmall(least, limits.max);
    this.allocator = new Allocator(memory, this.kernels.heap_base() >>> 0, limits.max, limits.debug);
    this.allocator.growTo(limits.initial);
  }

  get disposed(): boolean {
    return !this.alive;
  }

  memory(): MemoryInfo {
    this.assertAlive();
    const { bytesInUse, bytesReserved, bytesMax } = this.allocator;
    const bytesOfTensors = bytesInUse - (this.#scratch?.size ?? 0);
    return { tensors: this.tensors, bytesInUse: bytesOfTensors, bytesReserved, bytesMax };
  }

  reserve(bytes: number): void {
    this.assertAlive();
    const wanted = checkBytes('bytes', bytes);
    this.allocator.reserve(wanted + (this.#scratch?.size ?? 0));
    this.#reserved = Math.max(this.#reserved, wanted);
  }

  /** Memory for tensors. Scratch gives way when nothing else is left. */
  allocate(bytes: number): Block {
    try {
      return this.allocator.allocate(bytes);
    } catch (error) {
      if (this.#scratch === null) throw error;
      this.allocator.free(this.#scratch);
      this.#scratch = null;
      return this.allocator.allocate(bytes);
    }
  }

  /**
   * The address of `bytes` for one kernel call. It is kept from call to call, so that a call repeated with the same
   * shapes grows nothing; `allocate` may take it away, so ask for it last.
   */
  scratch(bytes: number): number {
    if (bytes === 0) return NOWHERE;
    if (this.#scratch === null || this.#scratch.size < bytes) {
      if (this.#scratch !== null) this.allocator.free(this.#scratch);
      this.#scratch = null;
      this.#scratch = this.allocator.allocate(bytes);
      if (this.#reserved > 0) this.#keepReserve(this.#scratch.size);
    }
    return this.#scratch.start;
  }

  /** Scratch comes on top of what was promised to tensors. */
  #keepReserve(scratchBytes: number): void {
    try {
      this.allocator.reserve(this.#reserved + scratchBytes);
    } catch {
      // There is not room for both: scratch then gives way when tensors need what they were promised.
    }
  }

  /** All of linear memory. */
  get doubles(): Float64Array {
    // Growth empties it.
    if (this.#doubles.length === 0) this.#doubles = new Float64Array(this.kernels.memory.buffer);
    return this.#doubles;
  }

  assertAlive(): void {
    if (!this.alive) throw disposedError('the runtime');
  }

  dispose(): void {
    if (!this.alive) return;
    this.alive = false;
    // Growing, even by nothing, detaches the buffer: views that are still about then hold no memory.
    this.kernels.memory.grow(0);
    this.kernels = undefined as never;
    this.allocator = undefined as never;
    this.#scratch = null;
  }

  [DISPOSE](): void {
    this.dispose();
  }

  /** No scope's, but no bag of options either. */
  [OWNED](): boolean {
    return false;
  }

  [RUNTIME](value: object): number | undefined {
    return #scratch in value ? LAYOUT : undefined;
  }

  toString(): string {
    return this.alive ? `Runtime (${this.tensors} tensors)` : 'Runtime (disposed)';
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

interface MemoryLimits {
  readonly initial: number;
  readonly max: number;
  readonly debug: boolean;
}

function checkBytes(name: string, value: unknown): number {
  if (typeof value !== 'number') throw typeError(`${name} must be a number of bytes, got ${describe(value)}`);
  if (!(value >= 0 && value <= BYTES_MAX)) {
    throw valueError(`${name} must be a number of bytes from 0 to 4 GiB, got ${describe(value)}`);
  }
  return Math.ceil(value);
}

export const MEMORY_OPTIONS: NamesOf<MemoryOptions> = { initialMemory: 1, maxMemory: 1, debug: 1 };
const RUNTIME_OPTIONS: NamesOf<Omit<RuntimeOptions, keyof MemoryOptions>> = { module: 1, bytes: 1 };

/** Reads what `createRuntime` and `loadRuntime` have in common. */
export function readMemoryOptions(options: MemoryOptions): MemoryLimits {
  const { initialMemory = 0, maxMemory = BYTES_MAX, debug } = options;
  const initial = checkBytes('initialMemory', initialMemory);
  const max = checkBytes('maxMemory', maxMemory);
  const fills = checkFlag(debug, 'debug', false);
  if (initial > max) {
    throw valueError(`initialMemory (${initial}) must not be larger than maxMemory (${max})`);
  }
  const wholePages = Math.floor(max / PAGE) * PAGE;
  // An instance is costly, and the collector is in no hurry to take it back: make none to find this out.
  if (wholePages < BYTES_MIN) throw tooSmall(BYTES_MIN, max);
  return { initial: Math.min(initial, wholePages), max: wholePages, debug: fills };
}

function tooSmall(least: number, got: number): RangeError {
  return valueError(`maxMemory must be at least ${least} bytes, got ${got}`);
}

/** The runtime behind a value that a caller passed as one. */
export function checkRuntime(value: unknown): WasmRuntime {
  const layout = layoutOf(value, RUNTIME);
  if (layout === undefined) throw typeError(`runtime must be a Runtime, got ${describe(value)}`);
  if (layout !== LAYOUT) throw versionError('runtime');
  const runtime = value as WasmRuntime;
  runtime.assertAlive();
  return runtime;
}

/**
 * A runtime with a memory of its own. Few programs need one: there is a default.
 *
 * @example
 * // Never grows, so that every `.data` stays valid until the runtime is disposed.
 * using runtime = createRuntime({ initialMemory: 64 << 20, maxMemory: 64 << 20 });
 *
 * @throws UnsupportedError where WebAssembly (with SIMD) is missing or forbidden
 * @throws MemoryError when `initialMemory` cannot be had
 */
export function createRuntime(options?: RuntimeOptions): Runtime {
  const given = checkOptions(options, RUNTIME_OPTIONS, MEMORY_OPTIONS);
  const { module, bytes } = given;
  const limits = readMemoryOptions(given);
  if (module !== undefined && bytes !== undefined) throw valueError('give either module or bytes, not both');
  if (module !== undefined && !isWasmModule(module)) {
    throw typeError(`module must be a WebAssembly.Module, got ${describe(module)}`);
  }
  if (bytes !== undefined && !isBytes(bytes)) {
    throw typeError(`bytes must be an ArrayBuffer or a view of one, got ${describe(bytes)}`);
  }
  if (module !== undefined) return new WasmRuntime(module, limits);
  if (bytes !== undefined) return new WasmRuntime(compileModule(bytes), limits);
  const carried = carriedModule();
  const runtime = new WasmRuntime(carried, limits);
  keepCompiled(carried);
  return runtime;
}

function isBytes(value: unknown): value is ArrayBufferView | ArrayBuffer {
  return ArrayBuffer.isView(value) || /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value));
}
