// Runtimes: one by default and without ceremony, others with a memory and limits of their own.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  createRuntime,
  full,
  GroupNorm,
  isSupported,
  LayerNorm,
  layerNorm,
  layerNormBackward,
  loadRuntime,
  memory,
  type Runtime,
  scope,
  setDefaultRuntime,
  type Tensor,
  tensor,
  zeros,
} from 'normlayers';
import { disposeOf } from './support/dispose.ts';
import { expectRefusal } from './support/errors.ts';

const MiB = 2 ** 20;
const bytes = () => new Uint8Array(readFileSync(new URL('../dist/normlayers.wasm', import.meta.url)));

const runtimes: Runtime[] = [];
const made = (runtime: Runtime): Runtime => {
  runtimes.push(runtime);
  return runtime;
};
afterEach(() => {
  for (const runtime of runtimes.splice(0)) runtime.dispose();
});

const expectWorks = (runtime: Runtime) =>
  scope(
    () => {
      const y = layerNorm(tensor([[1, 3]]), [2], { eps: 0 });
      expect([y.runtime, y.toArray()]).toEqual([runtime, [[-1, 1]]]);
    },
    { runtime },
  );

describe('before first use', () => {
  test('memory is all zeros, and layers take none', () => {
    const nothing = { tensors: 0, bytesInUse: 0, bytesReserved: 0, bytesMax: 0 };
    expect(memory()).toEqual(nothing);
    const norm = new LayerNorm(8);
    expect(memory()).toEqual(nothing);
    norm.dispose();
  });

  test('support can be asked for', () => {
    expect(isSupported()).toBe(true);
  });

  test('the default can be set, for what first allocates afterwards', () => {
    const early = new LayerNorm(2);
    const first = made(createRuntime());
    setDefaultRuntime(first);
    const t = zeros([1]);
    expect(t.runtime).toBe(first);
    const second = createRuntime();
    setDefaultRuntime(second);
    expect(early.weight.runtime).toBe(second);
    expect(zeros([1]).runtime).toBe(second);
    expect(t.runtime).toBe(first);
    early.dispose();
  });
});

describe('a layer without tensors goes by the runtime of x', () => {
  const make = () => new GroupNorm(1, 2, { affine: false });

  test('and needs no default', () => {
    const [runtime, doomed] = [made(createRuntime()), createRuntime()];
    const x = tensor([[1, 3]], undefined, { runtime });
    const y = scope(
      () => {
        doomed.dispose();
        return make().eval().forward(x);
      },
      { runtime: doomed },
    );
    expect(y.runtime).toBe(runtime);
  });

  test('and leaves nothing in the one it was used in before', () => {
    const [first, second] = [made(createRuntime()), made(createRuntime())];
    const norm = make();
    const x = tensor([[1, 3]], undefined, { runtime: first });
    const { bytesInUse } = first.memory();
    scope(() => {
      norm.forward(x);
      norm.backward(x);
      norm.forward(tensor([[1, 3]], undefined, { runtime: second }));
    });
    expect(first.memory().bytesInUse).toBe(bytesInUse);
    norm.dispose();
    expect(second.memory().bytesInUse).toBe(0);
  });
});

describe('createRuntime', () => {
  test('makes runtimes apart from each other', () => {
    const [a, b] = [made(createRuntime()), made(createRuntime())];
    const t = zeros([4], { runtime: a });
    expect([t.runtime, a.memory().tensors, b.memory().tensors]).toEqual([a, 1, 0]);
    expectWorks(a);
    expectWorks(b);
  });

  test('takes a compiled module, and shows its own', () => {
    const first = made(createRuntime());
    expect(first.module).toBeInstanceOf(WebAssembly.Module);
    const second = made(createRuntime({ module: first.module }));
    expect(second.module).toBe(first.module);
    expectWorks(second);
  });

  test('takes bytes', () => {
    expectWorks(made(createRuntime({ bytes: bytes() })));
    const { buffer } = bytes();
    expectWorks(made(createRuntime({ bytes: buffer as never })));
    const shared = new SharedArrayBuffer(bytes().byteLength);
    new Uint8Array(shared).set(bytes());
    for (const given of [shared, new Uint8Array(shared)]) expectWorks(made(createRuntime({ bytes: given as never })));
  });

  test.each<[string, () => unknown]>([
    ['a module that is none', () => createRuntime({ module: {} as never })],
    ['bytes that are none', () => createRuntime({ bytes: 'wasm' as never })],
  ])('refuses %s', (_, call) => {
    expectRefusal(call, { name: 'TypeError', code: 'TYPE' });
  });

  test.each<[string, object]>([
    ['a negative initialMemory', { initialMemory: -1 }],
    ['a maxMemory that is NaN', { maxMemory: Number.NaN }],
    ['initialMemory above maxMemory', { initialMemory: 8 * MiB, maxMemory: 4 * MiB }],
    ['more than 4 GiB', { initialMemory: 2 ** 33 }],
  ])('refuses %s', (_, options) => {
    expectRefusal(() => createRuntime(options), { name: 'RangeError', code: 'VALUE' });
  });
});

describe('loadRuntime', () => {
  const module = () => new WebAssembly.Module(bytes());
  const response = () => new Response(bytes(), { headers: { 'Content-Type': 'application/wasm' } });
  const url = () => `data:application/wasm;base64,${Buffer.from(bytes()).toString('base64')}`;

  test.each<[string, () => Parameters<typeof loadRuntime>[0]]>([
    ['a promise of a module', () => Promise.resolve(module()) as never],
    ['a response', () => response() as never],
    ['a promise of a response', () => Promise.resolve(response()) as never],
    ['a response of another content type', () => new Response(bytes()) as never],
    ['the text of a URL', () => url()],
    ['a URL', () => new URL(url()) as never],
  ])('takes %s', async (_, source) => {
    expectWorks(made(await loadRuntime(source())));
  });

  test('takes the options of createRuntime', async () => {
    const runtime = made(await loadRuntime(Promise.resolve(module()) as never, { maxMemory: 4 * MiB }));
    expect(runtime.memory().bytesMax).toBe(4 * MiB);
  });

  test('rejects a response that is an error', async () => {
    await expect(loadRuntime(new Response('gone', { status: 404 }) as never)).rejects.toThrow(/404/);
  });

  test('rejects bytes that are no module', async () => {
    await expect(loadRuntime(new Response('not wasm') as never)).rejects.toThrow();
  });

  test('rejects what is no source', async () => {
    await expect(loadRuntime(7 as never)).rejects.toMatchObject({ name: 'TypeError', code: 'TYPE' });
  });
});

describe('limits', () => {
  test('maxMemory is never exceeded', () => {
    const runtime = made(createRuntime({ maxMemory: 4 * MiB }));
    expect(runtime.memory().bytesMax).toBe(4 * MiB);
    const tensors: Tensor[] = [];
    expectRefusal(
      () => {
        for (;;) tensors.push(zeros([MiB / 16], { runtime }));
      },
      { name: 'MemoryError', code: 'MEMORY' },
    );
    const { bytesReserved, bytesInUse } = runtime.memory();
    expect(bytesReserved).toBeLessThanOrEqual(4 * MiB);
    expect(bytesInUse).toBeLessThanOrEqual(bytesReserved);
    expect(tensors.length).toBeGreaterThan(5);
  });

  test('memory that never grows keeps its views', () => {
    const runtime = made(createRuntime({ initialMemory: 8 * MiB, maxMemory: 8 * MiB }));
    const t = full([4], 3, { runtime });
    const view = t.data;
    expect(() => {
      for (;;) zeros([MiB / 16], { runtime });
    }).toThrow();
    expect([view.length, t.data === view, view[3]]).toEqual([4, true, 3]);
    expect(runtime.memory().bytesReserved).toBe(8 * MiB);
  });

  test('reserve grows once, so that nothing below it does', () => {
    const runtime = made(createRuntime());
    runtime.reserve(16 * MiB);
    const t = full([4], 3, { runtime });
    const view = t.data;
    const { bytesReserved } = runtime.memory();
    for (let i = 0; i < 10; i++) zeros([MiB / 4], { runtime });
    expect([t.data === view, view.length]).toEqual([true, 4]);
    expect(runtime.memory().bytesReserved).toBe(bytesReserved);
    runtime.reserve(MiB);
    expect(runtime.memory().bytesReserved).toBe(bytesReserved);
  });

  test('reserve beyond maxMemory is refused, and changes nothing', () => {
    const runtime = made(createRuntime({ maxMemory: 4 * MiB }));
    const before = runtime.memory();
    expectRefusal(() => runtime.reserve(64 * MiB), { name: 'MemoryError', code: 'MEMORY' });
    expect(runtime.memory()).toEqual(before);
    expectRefusal(() => runtime.reserve(-1), { name: 'RangeError', code: 'VALUE' });
    expectRefusal(() => runtime.reserve(2 ** 32 + 1), { name: 'RangeError', code: 'VALUE', text: 'from 0 to 4 GiB' });
    expectRefusal(() => runtime.reserve('1' as never), { name: 'TypeError', code: 'TYPE' });
  });

  test('reserve holds, though operations take scratch memory meanwhile', () => {
    const runtime = made(createRuntime());
    runtime.reserve(8 * MiB);
    const [dy, x] = [0, 1].map((value) => full([1, MiB / 4], value, { runtime })) as [Tensor, Tensor];
    layerNormBackward(dy, x, MiB / 4, { out: { dx: dy } });
    const { data } = x;
    const { bytesInUse } = runtime.memory();
    for (let left = 8 * MiB - bytesInUse; left >= MiB / 4; left -= MiB / 4) zeros([MiB / 16], { runtime });
    expect(runtime.memory().bytesInUse).toBe(8 * MiB);
    expect(data.length).toBe(MiB / 4);
  });

  test('reserve holds, though scratch memory was taken before', () => {
    const runtime = made(createRuntime());
    const [dy, x] = [0, 1].map((value) => full([1, MiB / 4], value, { runtime })) as [Tensor, Tensor];
    layerNormBackward(dy, x, MiB / 4, { out: { dx: dy } });
    runtime.reserve(32 * MiB);
    const { data } = x;
    for (let i = 0; i < 30; i++) zeros([MiB / 4], { runtime });
    expect(data.length).toBe(MiB / 4);
  });

  test('scratch memory gives way to what was reserved, where there is not room for both', () => {
    const runtime = made(createRuntime({ maxMemory: 10 * MiB }));
    runtime.reserve(9 * MiB);
    const [dy, x] = [0, 1].map((value) => full([1, MiB / 4], value, { runtime })) as [Tensor, Tensor];
    layerNormBackward(dy, x, MiB / 4, { out: { dx: dy } });
    for (let i = 0; i < 7; i++) zeros([MiB / 4], { runtime });
    expect(runtime.memory().bytesInUse).toBe(9 * MiB);
  });

  test('reserve refuses what only seems to fit below maxMemory', () => {
    const runtime = made(createRuntime({ maxMemory: 4 * MiB }));
    const before = runtime.memory();
    expectRefusal(() => runtime.reserve(4 * MiB), { name: 'MemoryError', code: 'MEMORY' });
    expect(runtime.memory()).toEqual(before);
  });

  test('initialMemory of no whole pages, and as large as maxMemory, never grows', () => {
    const runtime = made(createRuntime({ initialMemory: 4_000_000, maxMemory: 4_000_000 }));
    const { bytesReserved, bytesMax } = runtime.memory();
    expect([bytesReserved, bytesMax]).toEqual([61 * 65536, 61 * 65536]);
  });

  test('a maxMemory that is too small makes no instance', () => {
    const { Instance } = WebAssembly;
    let instances = 0;
    const { bytesReserved } = made(createRuntime()).memory();
    WebAssembly.Instance = new Proxy(Instance, {
      construct(target, args) {
        instances++;
        return Reflect.construct(target, args);
      },
    });
    try {
      for (const maxMemory of [0, 100_000, bytesReserved - 1]) {
        expectRefusal(() => createRuntime({ maxMemory }), { name: 'RangeError', code: 'VALUE', text: 'maxMemory' });
      }
      expect(instances).toBe(0);
      made(createRuntime({ maxMemory: bytesReserved }));
      expect(instances).toBe(1);
    } finally {
      WebAssembly.Instance = Instance;
    }
  });

  test('initialMemory is there from the start', () => {
    const runtime = made(createRuntime({ initialMemory: 32 * MiB }));
    expect(runtime.memory().bytesReserved).toBeGreaterThanOrEqual(32 * MiB);
  });
});

describe('debug', () => {
  test('fills freed memory with NaN', () => {
    const runtime = made(createRuntime({ debug: true }));
    const t = full([100], 3, { runtime });
    const view = t.data;
    t.dispose();
    expect(view.length).toBe(100);
    expect(view.every(Number.isNaN)).toBe(true);
    const rows = zeros([4, 25], { runtime }).rows(1);
    expect(rows.data.every((value) => value === 0)).toBe(true);
    expectWorks(runtime);
  });
});

describe('dispose', () => {
  test('kills its tensors and layers', () => {
    const runtime = createRuntime();
    const t = zeros([3], { runtime });
    const norm = new LayerNorm(3, { runtime });
    const { weight } = norm;
    expect(weight.runtime).toBe(runtime);
    runtime.dispose();
    expect([runtime.disposed, t.disposed, weight.disposed]).toEqual([true, true, true]);
    const disposed = { name: 'StateError', code: 'DISPOSED' } as const;
    expectRefusal(() => t.data, disposed);
    expectRefusal(() => layerNorm(t, [3]), disposed);
    expectRefusal(() => norm.stateDict(), disposed);
    expectRefusal(() => zeros([1], { runtime }), disposed);
    expectRefusal(() => runtime.reserve(1), disposed);
    expectRefusal(() => scope(() => zeros([1]), { runtime }), disposed);
    t.dispose();
    norm.dispose();
    runtime.dispose();
  });

  test('works by Symbol.dispose', () => {
    const runtime = createRuntime();
    disposeOf(runtime);
    expect(runtime.disposed).toBe(true);
  });

  test('leaves other runtimes alone', () => {
    const [a, b] = [createRuntime(), made(createRuntime())];
    const t = full([2], 5, { runtime: b });
    a.dispose();
    expect(t.toArray()).toEqual([5, 5]);
    expectWorks(b);
  });

  test('a disposed runtime cannot become the default', () => {
    const gone = createRuntime();
    gone.dispose();
    expectRefusal(() => setDefaultRuntime(gone), { name: 'StateError', code: 'DISPOSED' });
  });
});

describe('mixing runtimes', () => {
  test('is refused for every argument', () => {
    const other = made(createRuntime());
    scope(() => {
      const x = zeros([2, 3]);
      const foreign = (shape: number[]) => zeros(shape, { runtime: other });
      const mixed = { name: 'TypeError', code: 'RUNTIME' } as const;
      expectRefusal(() => layerNorm(x, [3], { weight: foreign([3]) }), { ...mixed, text: 'weight' });
      expectRefusal(() => layerNorm(x, [3], { bias: foreign([3]) }), { ...mixed, text: 'bias' });
      expectRefusal(() => layerNorm(x, [3], { out: foreign([2, 3]) }), { ...mixed, text: 'out' });
      const norm = new LayerNorm(3, { runtime: other });
      expectRefusal(() => norm.forward(x), mixed);
      norm.dispose();
    });
  });

  test('runs in the runtime of x, not in the default', () => {
    const other = made(createRuntime());
    const x = tensor([[1, 3]], undefined, { runtime: other });
    const y = layerNorm(x, [2]);
    expect(y.runtime).toBe(other);
  });

  test('copies between runtimes are fine', () => {
    const other = made(createRuntime());
    const x = tensor([1, 2, 3], undefined, { runtime: other });
    scope(() => {
      const copy = zeros([3]);
      copy.copyFrom(x);
      expect(copy.toArray()).toEqual([1, 2, 3]);
    });
  });
});

test('setDefaultRuntime refuses what is no runtime', () => {
  expectRefusal(() => setDefaultRuntime({} as never), { name: 'TypeError', code: 'TYPE' });
});
