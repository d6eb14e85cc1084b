// The engine's WebAssembly, through structural types: the library must compile for users without DOM types.

/** A compiled WebAssembly module (`WebAssembly.Module`), named without DOM types. */
export type WasmModule = object;

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export interface WasmEngine {
  readonly Module: {
    new (bytes: ArrayBufferView | ArrayBuffer): WasmModule;
    exports(module: WasmModule): { readonly name: string; readonly kind: string }[];
  };
  readonly Instance: new (module: WasmModule) => { readonly exports: object };
  readonly validate: (bytes: ArrayBufferView) => boolean;
  readonly compile: (bytes: ArrayBufferView | ArrayBuffer) => Promise<WasmModule>;
  readonly compileStreaming?: (response: unknown) => Promise<WasmModule>;
}

/** Looked up at each use: nothing may throw, or be decided, while the module is being imported. */
export function wasmEngine(): WasmEngine | undefined {
  return (globalThis as unknown as { WebAssembly?: WasmEngine }).WebAssembly;
}

export function isWasmModule(value: unknown): value is WasmModule {
  return Object.prototype.toString.call(value) === '[object WebAssembly.Module]';
}
