// The allocator, through the public surface: everything returns to its start, and freed memory is used again.
import { describe, expect, test } from '@jest/globals';
import { createRuntime, empty, full, memory, scope, type Tensor, tensor, zeros } from 'normlayers';
import { expectSameBits } from './support/bits.ts';
import { affine, kinds } from './support/layers.ts';
import { apply, applyBackward, applyForward, title } from './support/operations.ts';
import { normals, random } from './support/random.ts';
import { samples } from './support/shapes.ts';
import { numbers, tensors } from './support/verify.ts';

const PAGE = 65536;

describe('the allocator', () => {
  test('counts tensors and bytes, and returns to its start', () => {
    scope(() => {
      zeros([1]);
    });
    const before = memory();
    const all = [1, 100, 10_000].map((size) => zeros([size]));
    const now = memory();
    expect(now.tensors).toBe(before.tensors + 3);
    expect(now.bytesInUse - before.bytesInUse).toBeGreaterThanOrEqual(4 * 10_101);
    expect(now.bytesInUse - before.bytesInUse).toBeLessThan(4 * 10_101 + 3 * 128);
    for (const t of all) t.dispose();
    expect(memory()).toEqual({ ...before, bytesReserved: memory().bytesReserved });
  });

  test('any order of allocation and disposal keeps contents apart, and leaves one free block', () => {
    const runtime = createRuntime({ initialMemory: 64 * PAGE, maxMemory: 64 * PAGE });
    const largest = () => {
      let [fits, fails] = [0, 64 * PAGE];
      while (fails - fits > 64) {
        const size = Math.floor((fits + fails) / 2);
        try {
          empty([Math.floor(size / 4)], { runtime }).dispose();
          fits = size;
        } catch {
          fails = size;
        }
      }
      return fits;
    };
    const first = empty([1], { runtime });
    const room = 64 * PAGE - first.byteOffset;
    first.dispose();
    const start = largest();
    expect(start).toBeGreaterThan(room - 128);
    const r = random(5);
    const live: { t: Tensor; value: number }[] = [];
    for (let i = 0; i < 2000; i++) {
      if (live.length > 60 || (live.length > 0 && r.uniform() < 0.45)) {
        const [{ t, value }] = live.splice(r.integer(0, live.length - 1), 1) as [(typeof live)[0]];
        expect(t.data.every((v) => v === value)).toBe(true);
        t.dispose();
      } else {
        live.push({ t: full([r.integer(0, 3000)], i, { runtime }), value: i });
      }
    }
    const ranges = live
      .map(({ t }) => [t.byteOffset, t.byteOffset + 4 * t.size] as const)
      .filter(([from, to]) => to > from)
      .sort(([a], [b]) => a - b);
    expect(ranges.slice(1).every(([from], i) => from >= ranges[i]![1])).toBe(true);
    for (const { t } of live) t.dispose();
    expect(runtime.memory()).toMatchObject({ tensors: 0, bytesInUse: 0 });
    expect(largest()).toBe(start);
    runtime.dispose();
  });

  test('freed memory is used again before memory grows', () => {
    const runtime = createRuntime();
    zeros([100_000], { runtime }).dispose();
    const { bytesReserved } = runtime.memory();
    for (let i = 0; i < 50; i++) zeros([100_000], { runtime }).dispose();
    expect(runtime.memory().bytesReserved).toBe(bytesReserved);
    runtime.dispose();
  });

  test('contents survive growth', () => {
    const runtime = createRuntime();
    const values = normals(1000, 1);
    const t = tensor(values, undefined, { runtime });
    const views: Float32Array[] = [];
    for (let i = 1; i <= 5; i++) {
      views.push(t.data);
      zeros([i * 500_000], { runtime });
      expectSameBits(t.data, values, `values after growth ${i}`);
    }
    expect(views.filter((view) => view.length === 0).length).toBeGreaterThan(0);
    runtime.dispose();
  });

  test('many small tensors grow memory few times, and by no more than an eighth too much', () => {
    const runtime = createRuntime();
    let growths = 0;
    for (let i = 0, last = runtime.memory().bytesReserved; i < 20_000; i++) {
      empty([1024], { runtime });
      const { bytesReserved } = runtime.memory();
      if (bytesReserved !== last) growths++;
      last = bytesReserved;
    }
    const { bytesInUse, bytesReserved } = runtime.memory();
    expect(growths).toBeLessThan(50);
    expect(bytesReserved).toBeLessThan((bytesInUse + 2 ** 21) * 1.13);
    runtime.dispose();
  });

  test('memory grows to its last page', () => {
    const maxMemory = 100 * PAGE;
    const runtime = createRuntime({ maxMemory });
    let end = 0;
    expect(() => {
      for (;;) {
        const { byteOffset, size } = empty([PAGE / 16], { runtime });
        end = byteOffset + 4 * size;
      }
    }).toThrow(expect.objectContaining({ code: 'MEMORY' }));
    expect(end).toBeGreaterThan(maxMemory - PAGE / 4);
    expect(runtime.memory().bytesReserved).toBe(maxMemory);
    runtime.dispose();
  });

  test('where the engine refuses to grow by an eighth, memory grows by what is missing', () => {
    const runtime = createRuntime({ initialMemory: 64 * PAGE });
    empty([57 * (PAGE / 4)], { runtime });
    const { grow } = WebAssembly.Memory.prototype;
    const asked: number[] = [];
    WebAssembly.Memory.prototype.grow = function (pages) {
      asked.push(pages);
      if (pages > 4) throw new RangeError('no room');
      return grow.call(this, pages);
    };
    try {
      const t = full([PAGE], 3, { runtime });
      expect(t.data.every((value) => value === 3)).toBe(true);
      const all = runtime.memory();
      expect(() => empty([10 * PAGE], { runtime })).toThrow(expect.objectContaining({ code: 'MEMORY' }));
      expect(runtime.memory()).toEqual(all);
    } finally {
      WebAssembly.Memory.prototype.grow = grow;
    }
    const [ample, exact] = asked as [number, number];
    expect(ample).toBeGreaterThan(4);
    expect(exact).toBeLessThanOrEqual(4);
    expect(runtime.memory().bytesReserved).toBe((64 + exact) * PAGE);
    runtime.dispose();
  });

  test('nothing is placed in the first KiB', () => {
    const runtime = createRuntime();
    expect(empty([1], { runtime }).byteOffset).toBeGreaterThanOrEqual(1024);
    runtime.dispose();
  });

  test('a tensor of size 0 is a tensor like any', () => {
    const before = memory();
    const t = zeros([0]);
    expect(memory().tensors).toBe(before.tensors + 1);
    t.dispose();
    expect(memory()).toEqual(before);
  });

  test('a size beyond any memory is refused', () => {
    for (const size of [2 ** 30, 2 ** 31, 2 ** 32]) {
      const before = memory();
      expect(() => empty([size])).toThrow(expect.objectContaining({ name: 'MemoryError', code: 'MEMORY' }));
      expect(memory()).toEqual(before);
    }
  });
});

describe('work returns memory to its start', () => {
  test.each(samples.map((c) => [title(c), c] as const))('%s', (_, c) => {
    const n = numbers(c);
    const work = () =>
      scope(() => {
        const { x, dy, options } = tensors(c, n);
        apply(c, x, options);
        applyForward(c, x, options);
        applyBackward(c, dy, x, options);
      });
    work();
    const before = memory();
    for (let i = 0; i < 3; i++) work();
    expect(memory()).toEqual(before);
  });

  test.each(kinds.map((kind) => [kind.name, kind] as const))('a thousand steps of %s', (_, kind) => {
    const n = numbers(kind.case);
    const layer = kind.make(affine);
    const step = () =>
      scope(() => {
        layer.forward(tensor(n.x, kind.case.shape));
        layer.backward(tensor(n.dy, kind.case.shape));
      });
    step();
    const before = memory();
    for (let i = 0; i < 1000; i++) step();
    expect(memory()).toEqual(before);
    layer.dispose();
  });
});
