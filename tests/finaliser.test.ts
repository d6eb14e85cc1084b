// What was forgotten is freed in time, and never while a view of it can still be reached. Each test that something stays
// forgets something else as well: where that is gone, the collector has been there.
import { afterAll, describe, expect, test } from '@jest/globals';
import {
  createRuntime,
  full,
  keep,
  layerNormForward,
  memory,
  type Saved,
  scope,
  type Tensor,
  tensor,
  zeros,
} from 'normlayers';
import { collect, collected, PATIENCE } from './support/forget.ts';
import { affine, named } from './support/layers.ts';
import { numbers } from './support/verify.ts';

/** How often the library's finaliser has run, and what it threw: that goes to nobody who could catch it. */
let ended = 0;
const thrown: unknown[] = [];
const Registry = globalThis.FinalizationRegistry;
afterAll(() => {
  globalThis.FinalizationRegistry = Registry;
});
globalThis.FinalizationRegistry = class<T> extends Registry<T> {
  constructor(end: (held: T) => void) {
    super((held) => {
      ended++;
      try {
        end(held);
      } catch (error) {
        thrown.push(error);
      }
    });
  }
};

/** Whether all that `make` makes, and nobody holds, is freed. */
async function isFreed(make: () => unknown): Promise<boolean> {
  const before = memory();
  (() => {
    for (let i = 0; i < 10; i++) make();
  })();
  expect(memory().bytesInUse).toBeGreaterThanOrEqual(before.bytesInUse + 10 * 64);
  return collected(() => memory().bytesInUse === before.bytesInUse && memory().tensors === before.tensors);
}

const save = (x: Tensor) => {
  const { y, saved } = layerNormForward(x, x.shape[1]!);
  y.dispose();
  return saved;
};

describe('a forgotten tensor is freed', () => {
  const rows: [how: string, make: () => unknown][] = [
    ['without any scope', () => zeros([1000])],
    ['that a scope returned', () => scope(() => zeros([1000]))],
    ['that a scope returned in an object', () => scope(() => ({ list: [zeros([1000])] }))],
    ['that passed through two scopes', () => scope(() => scope(() => zeros([1000])))],
    ['that was kept', () => scope(() => keep(zeros([1000])) && null)],
    ['and its views', () => [zeros([10, 100])].map((t) => [t.rows(5), t.reshape([1000])])],
    [
      'whose view a scope returned',
      () =>
        scope(() => {
          const t = zeros([10, 100]);
          return t.rows(5);
        }),
    ],
    [
      'whose view was kept',
      () =>
        scope(() => {
          keep(zeros([10, 100]).rows(5));
        }),
    ],
    ['that was shown', () => zeros([1000]).data],
  ];
  test.each(rows)(
    '%s',
    async (_, make) => {
      expect(await isFreed(make)).toBe(true);
    },
    PATIENCE,
  );
});

describe('a forgotten state is freed, with what it was the last to hold', () => {
  const rows: [how: string, make: () => unknown][] = [
    [
      'without any scope',
      () => {
        const x = zeros([100, 100]);
        save(x);
        x.dispose();
      },
    ],
    ['that a scope returned, whose x the scope has disposed', () => scope(() => save(zeros([100, 100])))],
    ['that was kept, whose x the scope has disposed', () => scope(() => keep(save(zeros([100, 100]))) && null)],
    [
      'beside another of the same x',
      () => {
        const x = zeros([100, 100]);
        save(x);
        save(x).dispose();
        x.dispose();
      },
    ],
    ['with an x that is forgotten, too', () => save(zeros([100, 100]))],
    [
      'that lent its x',
      () => {
        const x = zeros([100, 100]);
        const view = save(x).x.rows(0, 50);
        x.dispose();
        return view.data;
      },
    ],
  ];
  test.each(rows)(
    '%s',
    async (_, make) => {
      expect(await isFreed(make)).toBe(true);
    },
    PATIENCE,
  );

  test(
    'and leaves nothing with an x that lives on',
    async () => {
      const x = zeros([1, 4]);
      const y = zeros([1, 4]);
      const { bytesInUse } = memory();
      const heapAfter = async (count: number) => {
        (() => {
          for (let i = 0; i < count; i++) layerNormForward(x, 4, { out: y });
        })();
        expect(await collected(() => memory().bytesInUse === bytesInUse)).toBe(true);
        collect();
        return process.memoryUsage().heapUsed;
      };
      for (let i = 0; i < 3; i++) await heapAfter(5000);
      const before = await heapAfter(5000);
      const after = await heapAfter(50_000);
      // A note of each would be some 56 bytes.
      expect((after - before) / 50_000).toBeLessThan(20);
      x.dispose();
      y.dispose();
    },
    PATIENCE,
  );
});

describe.each(named())('a forgotten %s is freed', (_, kind) => {
  const n = numbers(kind.case);
  const step = (layer: ReturnType<typeof kind.make>) =>
    scope(() => {
      layer.forward(tensor(n.x, kind.case.shape));
      layer.backward(tensor(n.dy, kind.case.shape));
    });
  const rows: [how: string, use: (layer: ReturnType<typeof kind.make>) => void][] = [
    ['with its parameters', (layer) => layer.parameters()],
    ['with its gradients, and what it recycles', step],
    ['with its pending forward', (layer) => scope(() => layer.forward(tensor(n.x, kind.case.shape)) && null)],
  ];
  test.each(rows)(
    '%s',
    async (_how, use) => {
      expect(await isFreed(() => use(kind.make(affine)))).toBe(true);
    },
    PATIENCE,
  );
});

describe('what can be reached stays', () => {
  /** Forgets tensors of 6s, and waits until they are gone; what is freed is overwritten. */
  const othersAreGone = async (expected: number) => {
    (() => {
      for (let i = 0; i < 10; i++) full([1000], 6);
    })();
    expect(memory().tensors).toBe(expected + 10);
    expect(await collected(() => memory().tensors === expected)).toBe(true);
    for (let i = 0; i < 20; i++) full([1000], 7);
  };

  test(
    'a view keeps the memory of a forgotten tensor',
    async () => {
      // A memory that does not grow, so that the view stays what it is.
      const runtime = createRuntime({ initialMemory: 2 ** 22, maxMemory: 2 ** 22 });
      const make = (value: number) => full([1000], value, { runtime });
      const view = (() => make(5).data)();
      (() => {
        for (let i = 0; i < 10; i++) make(6);
      })();
      expect(await collected(() => runtime.memory().tensors <= 1)).toBe(true);
      const others = Array.from({ length: 100 }, () => make(7));
      expect(view.every((value) => value === 5)).toBe(true);
      expect(others.every((t) => t.data[0] === 7)).toBe(true);
      runtime.dispose();
    },
    PATIENCE,
  );

  test(
    'rows keep the memory of the forgotten tensor they were taken from',
    async () => {
      const before = memory().tensors;
      let rows: Tensor | null = (() => full([10, 100], 3).rows(5))();
      await othersAreGone(before + 2);
      expect(rows.data.every((value) => value === 3)).toBe(true);
      rows = null;
      expect(await collected(() => memory().tensors === before)).toBe(true);
    },
    PATIENCE,
  );

  test(
    'what a forgotten state lent',
    async () => {
      const before = memory();
      let lent: Pick<Saved, 'x' | 'mean'> & { readonly rstd: Float64Array } = (() => {
        const x = full([1, 1000], 3);
        const saved = save(x);
        x.dispose();
        return { x: saved.x, rstd: saved.rstd.data, mean: saved.mean };
      })();
      const rstd = lent.rstd[0];
      await othersAreGone(before.tensors);
      expect(lent.x.data.every((value) => value === 3)).toBe(true);
      expect([lent.rstd[0], lent.mean!.toArray()]).toEqual([rstd, [3]]);
      lent = null as never;
      expect(await collected(() => memory().bytesInUse === before.bytesInUse)).toBe(true);
    },
    PATIENCE,
  );
});

test('a saved state that was disposed of and forgotten takes nothing from what shares its memory', async () => {
  const runtime = createRuntime();
  const x = zeros([1000, 2], { runtime });
  const before = runtime.memory();
  const forgotten: WeakRef<object>[] = [];
  const view = (() => {
    const { y, saved } = layerNormForward(x, 2);
    forgotten.push(new WeakRef(saved));
    const view: Tensor<'float64'> = saved.rstd.reshape([-1]);
    saved.dispose();
    y.dispose();
    return view;
  })();
  expect(await collected(() => forgotten[0]!.deref() === undefined)).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(runtime.memory().bytesInUse).toBeGreaterThan(before.bytesInUse);
  view.dispose();
  expect(runtime.memory()).toEqual({ ...before, bytesReserved: runtime.memory().bytesReserved });
  runtime.dispose();
});

test('what is forgotten after its runtime was disposed of ends without an error', async () => {
  const runtime = createRuntime();
  const before = ended;
  (() => {
    const x = zeros([100, 2], { runtime });
    layerNormForward(x, 2);
    runtime.dispose();
  })();
  // The saved state, and the memory of x, of y and of the statistics.
  expect(await collected(() => ended >= before + 4)).toBe(true);
  expect(thrown).toEqual([]);
});
