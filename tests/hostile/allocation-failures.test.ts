// Every allocation of every call is made to fail in turn, and all from one on: the call throws a MemoryError, or makes do
// without, and the next call gives the same bits as if nothing had happened.
import { describe, expect, test } from '@jest/globals';
import { isNormError, type Layer, setDefaultRuntime, tensor } from 'normlayers';
import { dropScratch, withFailing } from '../support/allocations.ts';
import { type Entry, goodCall } from '../support/hostile/surface/entry.ts';
import { surface } from '../support/hostile/surface.ts';
import { home, resultBits, tidily, type World } from '../support/hostile/world.ts';
import { kinds, withChannelsLast } from '../support/layers.ts';
import {
  apply,
  applyBackward,
  applyForward,
  type Case,
  hasRunning,
  type Options,
  parameterShape,
  title,
} from '../support/operations.ts';
import { large, samples } from '../support/shapes.ts';

setDefaultRuntime(home);

type Anything = (...args: unknown[]) => unknown;
const entry = (name: string, make: (w: World) => Anything): Entry => ({
  name,
  parameters: [],
  options: [],
  make: (w) => ({ call: make(w), args: [] }),
});

/** The operations without any `out`, so that all they return is allocated, and with all kinds of statistics. */
function ofCase(c: Case): Entry[] {
  const given = (w: World) => ({
    x: w.normal(c.shape, 1),
    dy: w.normal(c.shape, 2),
    options: { weight: w.normal(parameterShape(c), 3), bias: w.normal(parameterShape(c), 4) } as Options,
  });
  const running = (w: World, mode: 'train' | 'frozen'): Options => ({
    runningMean: w.normal(parameterShape(c), 5) as never,
    runningVar: w.watch(tensor(new Float32Array(w.normal(parameterShape(c), 6).size).fill(2))),
    mode,
  });
  const name = title(c);
  const made = [
    entry(`${name}`, (w) => {
      const { x, options } = given(w);
      return () => apply(c, x, options);
    }),
    entry(`${name}, saving`, (w) => {
      const { x, options } = given(w);
      return () => applyForward(c, x, options);
    }),
    entry(`${name}, saving in the memory of another`, (w) => {
      const { x, options } = given(w);
      const reuse = applyForward({ ...c }, x, options).saved;
      return () => applyForward(c, x, { ...options, reuse });
    }),
    entry(`${name}, backward`, (w) => {
      const { x, dy, options } = given(w);
      return () => applyBackward(c, dy, x, options);
    }),
    entry(`${name}, backward from float32 statistics`, (w) => {
      const { x, dy, options } = given(w);
      const { mean, rstd } = applyForward(c, x, options).saved;
      const single = (t: { toTypedArray(): Float64Array; shape: readonly number[] }) =>
        w.watch(tensor(Float32Array.from(t.toTypedArray()), t.shape));
      const statistics = { mean: mean && single(mean), rstd: single(rstd) };
      return () => applyBackward(c, dy, x, { ...options, ...statistics });
    }),
  ];
  if (!hasRunning(c)) return made;
  for (const mode of ['train', 'frozen'] as const) {
    made.push(
      entry(`${name}, ${mode}`, (w) => {
        const { x, options } = given(w);
        const statistics = running(w, mode);
        return () => apply(c, x, { ...options, ...statistics });
      }),
      entry(`${name}, ${mode}, saving`, (w) => {
        const { x, options } = given(w);
        const statistics = running(w, mode);
        return () => applyForward(c, x, { ...options, ...statistics });
      }),
      entry(`${name}, ${mode}, backward`, (w) => {
        const { x, dy, options } = given(w);
        const statistics = running(w, mode);
        return () => applyBackward(c, dy, x, { ...options, ...statistics });
      }),
    );
  }
  return made;
}

/** Layers at their first use, and in each mode. */
function ofLayer(kind: (typeof kinds)[number], c: Case, options: Record<string, unknown>): Entry[] {
  const fresh = (w: World) => w.watchLayer(kind.make({ ...options, runtime: home }), false);
  const used = (w: World) => w.watchLayer(kind.make({ ...options, runtime: home }));
  const x = (w: World) => w.normal(c.shape, 1) as never;
  const dy = (w: World) => w.normal(c.shape, 2) as never;
  const first = (what: string, use: (layer: Layer, w: World) => Anything) =>
    entry(`${kind.name} ${JSON.stringify(options)}, at first ${what}`, (w) => use(fresh(w), w));
  const later = (what: string, use: (layer: Layer, w: World) => Anything) =>
    entry(`${kind.name} ${JSON.stringify(options)}, ${what}`, (w) => use(used(w), w));
  const backwardAfter = (prepare: (layer: Layer, w: World) => void) => (layer: Layer, w: World) => {
    prepare(layer, w);
    const upstream = dy(w);
    return () => layer.backward(upstream);
  };
  return [
    first('forward', (layer, w) => {
      const input = x(w);
      return () => layer.forward(input);
    }),
    first('record', (layer, w) => {
      const input = x(w);
      return () => layer.record(input);
    }),
    first('evaluation', (layer, w) => {
      const input = x(w);
      layer.eval();
      return () => layer.forward(input);
    }),
    first('look at its parameters', (layer) => () => layer.parameters()),
    first('stateDict', (layer) => () => layer.stateDict()),
    first('loadStateDict', (layer) => {
      const donor = kind.make({ ...options, runtime: home });
      const dict = donor.stateDict();
      donor.dispose();
      return () => layer.loadStateDict(dict as never);
    }),
    later('second forward', (layer, w) => {
      const [input, upstream] = [x(w), dy(w)];
      layer.forward(input);
      layer.backward(upstream);
      return () => layer.forward(input);
    }),
    later('forward of another size', (layer, w) => {
      layer.forward(x(w));
      layer.backward(dy(w));
      const larger = w.normal([c.shape[0]! * 20, ...c.shape.slice(1)], 7) as never;
      return () => layer.forward(larger);
    }),
    later('frozen forward', (layer, w) => {
      const input = x(w);
      layer.freeze();
      return () => layer.forward(input);
    }),
    later(
      'first backward',
      backwardAfter((layer, w) => layer.forward(x(w))),
    ),
    later(
      'second backward',
      backwardAfter((layer, w) => {
        layer.forward(x(w));
        layer.backward(dy(w));
        layer.forward(x(w));
      }),
    ),
    later(
      'frozen backward',
      backwardAfter((layer, w) => layer.freeze().forward(x(w))),
    ),
    later('backward of a record', (layer, w) => {
      const { saved } = layer.record(x(w));
      const upstream = dy(w);
      return () => layer.backward(upstream, { saved });
    }),
  ];
}

const ofTensors: Entry[] = [
  entry('clone', (w) => {
    const t = w.normal([3, 4]);
    return () => t.clone();
  }),
  entry('clone of lent statistics', (w) => {
    const { saved } = applyForward(samples[0]!, w.normal(samples[0]!.shape));
    return () => saved.mean!.clone();
  }),
  entry('a view', (w) => {
    const t = w.normal([4, 3]);
    return () => t.rows(1, 3).reshape([-1]);
  }),
  entry('a float64 tensor', () => () => tensor(Float64Array.of(1, 2, 3))),
  entry('a tensor of a tensor', (w) => {
    const t = w.normal([4, 3]);
    return () => tensor(t);
  }),
];

const groups: Record<string, Entry[]> = {
  'the surface, with every out': [...surface],
  'operations, without': [...samples, ...large].flatMap(ofCase),
  layers: kinds.flatMap((kind) => [
    ...ofLayer(kind, kind.case, {}),
    ...ofLayer(kind, kind.case, { scale: true, shift: true }),
    ...(kind.case.channelAxis === undefined ? [] : ofLayer(kind, withChannelsLast(kind), { channelAxis: -1 })),
    ...(kind.name === 'InstanceNorm' ? ofLayer(kind, kind.case, { trackRunningStats: true, affine: true }) : []),
  ]),
  tensors: ofTensors,
};

const ALL_AFTER = Number.POSITIVE_INFINITY;
let failures = 0;

/** Fails `count` allocations from the `first` on; returns false when there are not so many. */
function tryWithout({ make }: Entry, expected: string, first: number, count: number): boolean {
  return tidily((w) => {
    const trial = make(w);
    const own = w.count();
    dropScratch(home);
    const before = [JSON.stringify(home.memory()), w.snapshot()].join('\n');
    const { error, asked, result } = withFailing(home, first, count, () => trial.call(...trial.args));
    if (asked < first) return false;
    failures++;
    if (error === undefined) {
      if (count === ALL_AFTER) throw new Error('the call succeeded without an allocation it asked for');
      const seen = [resultBits(result), ...w.contents(own)].join('\n');
      if (seen !== expected) throw new Error(`the call made do, and differs:\n${seen}\n→ expected\n${expected}`);
      return true;
    }
    if (!isNormError(error, 'MEMORY') || error.name !== 'MemoryError') throw error;
    const after = [JSON.stringify(home.memory()), w.snapshot()].join('\n');
    if (after !== before) throw new Error(`the failed call has changed something:\n${before}\n→\n${after}`);
    const again = goodCall(trial, w, own);
    if (again !== expected) throw new Error(`the next call differs:\n${again}\n→ expected\n${expected}`);
    return true;
  });
}

describe.each(Object.entries(groups))('%s', (_, entries) => {
  test.each(entries.map((e) => [e.name, e] as const))('%s', (_name, e) => {
    const expected = tidily((w) => goodCall(e.make(w), w, w.count()));
    for (const count of [ALL_AFTER, 1]) {
      for (let first = 1; tryWithout(e, expected, first, count); first++);
    }
  });
});

// A test, not a hook: mutation testing runs a few of the tests above alone, and a hook would fail with them.
test('a hook that no longer reaches the allocator does not go unnoticed', () => {
  expect(failures).toBeGreaterThan(1000);
});
