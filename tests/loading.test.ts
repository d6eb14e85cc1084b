// Where a module may be loaded from, which way it takes, and what is said where that fails.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createRuntime, loadRuntime, type Runtime, tensor } from 'normlayers';

const path = join(process.cwd(), 'dist', 'normlayers.wasm');
const bytes = () => new Uint8Array(readFileSync(path));
const address = pathToFileURL(path);

/** A response with what is read of one. */
function response(type: string | null, body: Uint8Array = bytes()) {
  const { buffer, byteOffset, byteLength } = body;
  return {
    ok: true,
    status: 200,
    headers: { get: (name: string) => (name === 'content-type' ? type : null) },
    arrayBuffer: async () => buffer.slice(byteOffset, byteOffset + byteLength),
  };
}

type Source = Parameters<typeof loadRuntime>[0];

const made: Runtime[] = [];

async function load(source: unknown): Promise<void> {
  const runtime = await loadRuntime(source as Source);
  made.push(runtime);
  expect([...tensor([1, 2], [2], { runtime }).data]).toEqual([1, 2]);
}

const undo: (() => void)[] = [];

/** Another value for a property of a global, until the test ends. */
function replace<T extends object, K extends keyof T>(object: T, key: K, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(object, key);
  Object.defineProperty(object, key, { value, writable: true, configurable: true });
  undo.push(() => (before ? Object.defineProperty(object, key, before) : Reflect.deleteProperty(object, key)));
}

afterEach(() => {
  for (const restore of undo.splice(0).reverse()) restore();
  for (const runtime of made.splice(0)) runtime.dispose();
});

const refusal = (text: string, cause?: unknown) =>
  expect.objectContaining({
    name: 'RangeError',
    code: 'VALUE',
    message: expect.stringContaining(text),
    ...(cause === undefined ? {} : { cause }),
  });

describe('an address', () => {
  const fetched: unknown[] = [];
  const answer = (result: () => unknown) => {
    fetched.length = 0;
    replace(globalThis, 'fetch', async (what: unknown) => {
      fetched.push(what);
      return result();
    });
  };

  test.each([
    ['string', address.href],
    ['URL', address],
  ])('of a file, as a %s, is read and not fetched', async (_, source) => {
    answer(() => response(null));
    await load(source);
    expect(fetched).toEqual([]);
  });

  test('of no file is fetched, whatever it ends with', async () => {
    answer(() => response(null));
    await load('https://example.org/file:');
    await load(new URL('https://example.org/normlayers.wasm'));
    expect(fetched).toEqual(['https://example.org/file:', 'https://example.org/normlayers.wasm']);
  });

  test('of a file is fetched where nothing can read files', async () => {
    answer(() => response(null));
    replace(process, 'getBuiltinModule', undefined);
    await load(address);
    expect(fetched).toEqual([address.href]);
  });

  test('of a file is fetched where there is no process', async () => {
    answer(() => response(null));
    replace(globalThis, 'process', undefined);
    const loading = load(address);
    // Only what runs at once looks for it, and jest cannot be without for long.
    undo.pop()?.();
    await loading;
    expect(fetched).toEqual([address.href]);
  });

  test('of a file that is not there is told, with the cause', async () => {
    const cause = expect.objectContaining({ code: 'ENOENT' });
    await expect(load(`${address.href}.none`)).rejects.toThrow(
      refusal(`${address.href}.none could not be read`, cause),
    );
  });

  test('that cannot be fetched is told, with the cause', async () => {
    const cause = new Error('no network');
    answer(() => {
      throw cause;
    });
    await expect(load('https://example.org/a')).rejects.toThrow(
      refusal('https://example.org/a could not be fetched', cause),
    );
  });

  test('where there is no fetch says so', async () => {
    replace(globalThis, 'fetch', undefined);
    await expect(load('https://example.org/a')).rejects.toThrow(refusal('there is no fetch here'));
  });
});

describe('a response', () => {
  const streamed: unknown[] = [];
  const stream = (result: () => unknown) => {
    streamed.length = 0;
    replace(WebAssembly, 'compileStreaming', async (what: unknown) => {
      streamed.push(what);
      return result();
    });
  };

  test.each([['application/wasm'], ['application/wasm; charset=utf-8']])('of type %s is streamed', async (type) => {
    stream(() => new WebAssembly.Module(bytes()));
    const source = response(type);
    await load(source);
    expect(streamed).toEqual([source]);
  });

  test.each([['text/plain'], ['application/wasmx'], ['x-application/wasm'], [''], [null]])(
    'of type %p is compiled from its bytes',
    async (type) => {
      stream(() => new WebAssembly.Module(bytes()));
      await load(response(type));
      expect(streamed).toEqual([]);
    },
  );

  test.each([[undefined], [null], [{}]])(
    'that is a stand-in with headers %p is compiled from its bytes',
    async (headers) => {
      stream(() => new WebAssembly.Module(bytes()));
      await load({ ok: true, status: 200, headers, arrayBuffer: async () => bytes() } as never);
      expect(streamed).toEqual([]);
    },
  );

  test('is compiled from its bytes where nothing can be streamed', async () => {
    replace(WebAssembly, 'compileStreaming', undefined);
    await load(response('application/wasm'));
  });

  test('whose stream or bytes are no module is refused, with the cause', async () => {
    const cause = new WebAssembly.CompileError('not that');
    stream(() => {
      throw cause;
    });
    const text = 'the bytes given are not those of normlayers/normlayers.wasm';
    await expect(load(response('application/wasm'))).rejects.toThrow(refusal(text, cause));
    await expect(load(response(null, new Uint8Array([1, 2, 3])))).rejects.toThrow(
      refusal(text, expect.objectContaining({ name: 'CompileError' })),
    );
  });
});

describe('what is no source', () => {
  test.each([
    ['null', null],
    ['undefined', undefined],
    ['a promise of nothing', Promise.resolve(null)],
    ['an object with an arrayBuffer that is none', { arrayBuffer: 1 }],
  ])('%s is refused', async (_, source) => {
    await expect(load(source)).rejects.toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'TYPE', message: expect.stringContaining('source must be') }),
    );
  });
});

describe('a module that the engine does not make an instance of', () => {
  /** Only for the module of the kernels: what tells whether there is SIMD works. */
  const failing = (cause: Error) => {
    class Instance extends WebAssembly.Instance {
      constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
        if (WebAssembly.Module.exports(module).some(({ name }) => name === 'heap_base')) throw cause;
        super(module, imports);
      }
    }
    replace(WebAssembly, 'Instance', Instance);
  };

  test('because there is no address space left is a lack of memory', () => {
    const cause = new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory');
    failing(cause);
    expect(() => createRuntime()).toThrow(expect.objectContaining({ name: 'MemoryError', code: 'MEMORY', cause }));
  });

  test('for another reason is not', () => {
    const cause = new WebAssembly.LinkError('an import is missing');
    failing(cause);
    expect(() => createRuntime()).toThrow(refusal('the bytes given are not those of', cause));
  });
});
