// Fetches normlayers.wasm and compiles it while it streams in; nothing else in the library is asynchronous.

import { checkOptions } from '../arguments.js';
import { describe, typeError, valueError } from '../errors.js';
import { isWasmModule, type WasmModule } from './engine.js';
import { MEMORY_OPTIONS, readMemoryOptions, WasmRuntime } from './runtime.js';
import { explainRefusal, requireEngine } from './seam.js';
import type { MemoryOptions, Runtime } from './types.js';

/** A `URL`, named without DOM types. */
export interface UrlLike {
  readonly href: string;
}

/** A fetch `Response`, named without DOM types. */
export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
}

interface Host {
  fetch?(source: string): Promise<ResponseLike>;
  readonly process?: { getBuiltinModule?(name: string): FileSystem & FileUrls };
}
interface FileSystem {
  readFile(path: string): Promise<Uint8Array>;
}
interface FileUrls {
  fileURLToPath(url: string): string;
}

/**
 * Loads normlayers.wasm and makes a runtime of it: for `normlayers/core`, which carries none.
 *
 * @param source where it is (a URL or its string; `file:` URLs work in Node), a fetch `Response`, or the promise of a
 * response or of a compiled `WebAssembly.Module`
 *
 * @example
 * setDefaultRuntime(await loadRuntime('/assets/normlayers.wasm'));
 *
 * @throws RangeError when it cannot be fetched or is another module; UnsupportedError as {@link createRuntime}
 */
export async function loadRuntime(
  source: string | UrlLike | ResponseLike | PromiseLike<ResponseLike | WasmModule>,
  options?: MemoryOptions,
): Promise<Runtime> {
  const limits = readMemoryOptions(checkOptions(options, MEMORY_OPTIONS));
  return new WasmRuntime(await obtainModule(source), limits);
}

async function obtainModule(source: unknown): Promise<WasmModule> {
  const address = typeof source === 'string' ? source : (source as Partial<UrlLike> | null)?.href;
  if (typeof address === 'string') {
    const file = address.startsWith('file:') ? await readFile(address) : null;
    return file === null ? compileResponse(await fetchFrom(address)) : compileBytes(file);
  }
  const given: unknown = await source;
  if (isWasmModule(given)) return given;
  if (isResponse(given)) return compileResponse(given);
  throw typeError(`source must be a URL, a Response, or the promise of a Response or Module, got ${describe(given)}`);
}

function isResponse(value: unknown): value is ResponseLike {
  return typeof (value as Partial<ResponseLike> | null | undefined)?.arrayBuffer === 'function';
}

async function readFile(address: string): Promise<Uint8Array | null> {
  const load = (globalThis as Host).process?.getBuiltinModule;
  if (typeof load !== 'function') return null;
  try {
    return await load('node:fs/promises').readFile(load('node:url').fileURLToPath(address));
  } catch (cause) {
    throw valueError(`source ${address} could not be read`, { cause });
  }
}

async function fetchFrom(address: string): Promise<ResponseLike> {
  const host = globalThis as Host;
  if (typeof host.fetch !== 'function') {
    throw valueError('there is no fetch here: pass a Response or a module instead of an address');
  }
  try {
    return await host.fetch(address);
  } catch (cause) {
    throw valueError(`source ${address} could not be fetched`, { cause });
  }
}

async function compileResponse(response: ResponseLike): Promise<WasmModule> {
  if (!response.ok) {
    const status = describe(response.status);
    throw valueError(`source answered with status ${status}: serve normlayers/normlayers.wasm there`);
  }
  const engine = requireEngine();
  // Streaming wants the right media type; servers that do not know .wasm send another.
  const streams = engine.compileStreaming !== undefined && /^application\/wasm\b/.test(mediaType(response));
  if (!streams) return compileBytes(await response.arrayBuffer());
  try {
    return await engine.compileStreaming(response);
  } catch (cause) {
    throw explainRefusal(engine, cause);
  }
}

function mediaType(response: ResponseLike): string {
  // A stand-in for a response may lack them.
  const type: unknown = (response as Partial<ResponseLike>).headers?.get?.('content-type');
  return typeof type === 'string' ? type : '';
}

async function compileBytes(bytes: ArrayBufferView | ArrayBuffer): Promise<WasmModule> {
  const engine = requireEngine();
  try {
    return await engine.compile(bytes);
  } catch (cause) {
    throw explainRefusal(engine, cause);
  }
}
