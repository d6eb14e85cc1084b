// A limit on memory that is reached: each call is made in memories of one page more each time, until it succeeds at once.
// Where it did not it has changed nothing, and works once there is room. (hostile/allocation-failures.test.ts has the same
// of every call there is, by allocations that only seem to fail.)
import { describe, expect, test } from '@jest/globals';
import { BatchNorm, createRuntime, type Runtime, tensor, zeros } from 'normlayers';
import { expectSameBits } from './support/bits.ts';
import {
  apply,
  applyBackward,
  applyForward,
  type Case,
  hasRunning,
  type Options,
  parameterShape,
  parameters,
  title,
} from './support/operations.ts';
import { normals } from './support/random.ts';
import { bothLayouts } from './support/shapes.ts';
import { numbers } from './support/verify.ts';

const PAGE = 65536;

// Each tensor below takes more than a page, so that with every page of maxMemory the call fails at another allocation.
describe('out of memory', () => {
  const big: Case[] = [
    { op: 'layerNorm', shape: [3, 20_000], normalizedShape: [20_000] },
    { op: 'rmsNorm', shape: [3, 20_000], normalizedShape: [20_000] },
    ...bothLayouts('batchNorm', [3, 20_000]),
    ...bothLayouts('instanceNorm', [2, 20_000, 2]),
    ...bothLayouts('groupNorm', [2, 20_000], 10_000),
  ];

  const { module } = createRuntime();
  const inUse = (runtime: Runtime) => {
    const { tensors: count, bytesInUse } = runtime.memory();
    return { count, bytesInUse };
  };

  interface Trial<T> {
    readonly prepare: (runtime: Runtime) => T;
    readonly call: (given: T) => unknown;
    /** Throws when the failed call has changed anything. */
    readonly unchanged: (given: T) => void;
  }

  /** Makes runtimes of one page more each time, until the call succeeds at once; returns how often it failed. */
  function sweep<T>({ prepare, call, unchanged }: Trial<T>): number {
    const withSpare = (runtime: Runtime) => ({
      given: prepare(runtime),
      spare: zeros([1_000_000], { runtime }),
    });
    const fewest = fewestPages(withSpare);
    for (let failures = 0; ; failures++) {
      const runtime = createRuntime({ module, maxMemory: (fewest + failures) * PAGE });
      try {
        const { given, spare } = withSpare(runtime);
        const before = inUse(runtime);
        const error = thrownBy(() => call(given));
        if (!error) return failures;
        expect(error).toMatchObject({ name: 'MemoryError', code: 'MEMORY' });
        expect(inUse(runtime)).toEqual(before);
        unchanged(given);
        spare.dispose();
        expect(thrownBy(() => call(given))).toBeUndefined();
      } finally {
        runtime.dispose();
      }
    }
  }

  function thrownBy(call: () => unknown): unknown {
    try {
      call();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** The pages that are enough for what is prepared, and no more. */
  function fewestPages(prepare: (runtime: Runtime) => unknown): number {
    const runtime = createRuntime({ module });
    let fails = runtime.memory().bytesReserved / PAGE - 1;
    prepare(runtime);
    let enough = runtime.memory().bytesReserved / PAGE;
    runtime.dispose();
    // Memory that grows freely grows by more than is missing.
    while (enough - fails > 1) {
      const pages = Math.floor((fails + enough) / 2);
      const tight = createRuntime({ module, maxMemory: pages * PAGE });
      if (thrownBy(() => prepare(tight))) fails = pages;
      else enough = pages;
      tight.dispose();
    }
    return enough;
  }

  describe.each(big.map((c) => [title(c), c] as const))('%s', (_, c) => {
    const n = numbers(c);
    const prepare = (runtime: Runtime) => {
      const options: Options = {
        weight: tensor(n.weight!, parameterShape(c), { runtime }),
        bias: tensor(n.bias!, parameterShape(c), { runtime }),
      };
      const running: Options = hasRunning(c)
        ? {
            runningMean: zeros([parameters(c)], { runtime }),
            runningVar: zeros([parameters(c)], { runtime }),
            mode: 'train',
          }
        : {};
      return {
        x: tensor(n.x, c.shape, { runtime }),
        dy: tensor(n.dy, c.shape, { runtime }),
        options,
        running,
      };
    };
    type Given = ReturnType<typeof prepare>;
    const unchanged = ({ x, dy, options, running }: Given) => {
      expectSameBits(x.data, n.x, 'x');
      expectSameBits(dy.data, n.dy, 'dy');
      expectSameBits(options.weight!.data, n.weight!, 'weight');
      expectSameBits(options.bias!.data, n.bias!, 'bias');
      for (const statistics of [running.runningMean, running.runningVar]) {
        expect(statistics?.data.every((value) => value === 0) ?? true).toBe(true);
      }
    };

    test('forward leaves everything as it was, and works once there is room', () => {
      const call = ({ x, options, running }: Given) => apply(c, x, { ...options, ...running });
      expect(sweep({ prepare, call, unchanged })).toBeGreaterThan(0);
    });

    test('forward that saves leaves everything as it was, and works once there is room', () => {
      const call = ({ x, options, running }: Given) => applyForward(c, x, { ...options, ...running });
      expect(sweep({ prepare, call, unchanged })).toBeGreaterThan(0);
    });

    test('backward leaves everything as it was, and works once there is room', () => {
      const call = ({ x, dy, options }: Given) => applyBackward(c, dy, x, options);
      expect(sweep({ prepare, call, unchanged })).toBeGreaterThan(2);
    });
  });

  describe('a layer', () => {
    const c: Case = { op: 'batchNorm', shape: [3, 20_000], channelAxis: 1 };
    const n = numbers(c, { affine: 'none' });
    const prepare = (runtime: Runtime) => ({
      layer: new BatchNorm(20_000, { runtime }),
      x: tensor(n.x, c.shape, { runtime }),
      dy: tensor(n.dy, c.shape, { runtime }),
    });
    type Given = ReturnType<typeof prepare>;

    test('neither counts nor updates in a forward that fails', () => {
      const failures = sweep<Given>({
        prepare: (runtime) => {
          const given = prepare(runtime);
          given.layer.zeroGrad();
          expect(given.layer.weight.size).toBe(20_000);
          return given;
        },
        call: ({ layer, x }) => layer.forward(x),
        unchanged: ({ layer, x }) => {
          expectSameBits(x.data, n.x, 'x');
          expect(Number(layer.numBatchesTracked)).toBe(0);
          expect(layer.runningMean!.data.every((value) => value === 0)).toBe(true);
          expect(layer.runningVar!.data.every((value) => value === 1)).toBe(true);
        },
      });
      expect(failures).toBeGreaterThan(1);
    });

    test('keeps the forward pending in a backward that fails', () => {
      const failures = sweep<Given>({
        prepare: (runtime) => {
          const given = prepare(runtime);
          given.layer.forward(given.x);
          return given;
        },
        call: ({ layer, dy }) => layer.backward(dy),
        unchanged: ({ layer, dy }) => {
          expect([layer.weight.grad, layer.bias.grad]).toEqual([null, null]);
          expectSameBits(dy.data, n.dy, 'dy');
        },
      });
      expect(failures).toBeGreaterThan(1);
    });

    test('is as unused as before where its first use fails', () => {
      const failures = sweep<Given>({
        prepare,
        call: ({ layer }) => layer.weight.data,
        unchanged: ({ layer }) => expect(layer.mode).toBe('train'),
      });
      expect(failures).toBeGreaterThan(1);
    });
  });

  test('making a tensor leaves everything as it was', () => {
    const runtime = createRuntime({ maxMemory: 64 * PAGE });
    const t = tensor(normals(1000, 1), undefined, { runtime });
    const before = inUse(runtime);
    for (const call of [
      () => zeros([2 ** 22], { runtime }),
      () => tensor(new Float32Array(2 ** 22), undefined, { runtime }),
    ]) {
      expect(thrownBy(call)).toMatchObject({ name: 'MemoryError', code: 'MEMORY' });
      expect(inUse(runtime)).toEqual(before);
    }
    expectSameBits(t.data, normals(1000, 1), 't');
    expect(zeros([1000], { runtime }).size).toBe(1000);
    runtime.dispose();
  });
});
