// What may be done to the library, one action each: to the model, and to the real thing.
import {
  BatchNorm,
  backward,
  createRuntime,
  GroupNorm,
  keep,
  type Layer,
  LayerNorm,
  type Needs,
  RMSNorm,
  type Saved,
  scope,
  setDefaultRuntime,
  type Tensor,
  tensor,
} from 'normlayers';
import { normals } from '../random.ts';
import {
  attempt,
  compare,
  isAlive,
  isLayerAlive,
  type LayerModel,
  type Memory,
  type Model,
  type SavedModel,
  type ScopeModel,
  type Stretch,
  statisticsBytes,
  type TensorModel,
  valuesOf,
} from './model.ts';
import {
  expectedBackward,
  expectedForward,
  type Found,
  forwardOf,
  type Inputs,
  OPS,
  type Op,
  WIDTH,
} from './reference.ts';

const PAGE = 65536;

/** Numbers that an action chooses by. */
export type Dice = readonly [number, number, number];

export type Action = (m: Model, dice: Dice) => void;

const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length];
const numbers = (rows: number, seed: number) => normals(rows * WIDTH, seed, 0.3);
const usable = (m: Model) => m.tensors.filter(isAlive);
/** Mostly what is alive, now and then what is not. */
const choose = <T extends TensorModel | SavedModel>(all: readonly T[], n: number): T | undefined =>
  n % 16 === 0 ? pick(all, n >> 4) : pick(all.filter(isAlive), n >> 4);

const make: Action = (m, [a, b]) => {
  const rows = a % 5;
  const values = numbers(rows, b);
  const runtime = m.current;
  const real = attempt([!runtime.alive && 'DISPOSED'], () => tensor(values, [rows, WIDTH]));
  if (real) m.fresh(real, runtime, values);
};

const makeElsewhere: Action = (m, [a, b, c]) => {
  const runtime = pick(m.runtimes, a)!;
  const values = numbers(b % 4, c);
  const call = () => tensor(values, [b % 4, WIDTH], { runtime: runtime.real });
  const real = attempt([!runtime.alive && 'DISPOSED'], call);
  if (real) m.fresh(real, runtime, values);
};

const view: Action = (m, [a, b, c]) => {
  const t = choose(m.tensors, a);
  if (!t) return;
  const start = b % (t.rows + 1);
  const end = start + (c % (t.rows - start + 1));
  const whole = c % 3 === 0;
  const call = () => (whole ? t.real.reshape([t.rows, WIDTH]) : t.real.rows(start, end));
  const real = attempt([!isAlive(t) && 'DISPOSED'], call);
  if (!real) return;
  t.memory.owners++;
  if (whole) m.tensor(real, t.memory, t.from, t.rows);
  else m.tensor(real, t.memory, t.from + start, end - start);
};

const clone: Action = (m, [a]) => {
  const t = choose(m.tensors, a);
  if (!t) return;
  const real = attempt([!isAlive(t) && 'DISPOSED'], () => t.real.clone());
  if (real) m.fresh(real, t.memory.runtime, valuesOf(t));
};

const dispose: Action = (m, [a]) => {
  const t = pick<TensorModel | SavedModel>([...m.tensors, ...m.saved.filter((s) => !isPending(m, s))], a);
  if (!t) return;
  t.real.dispose();
  m.dispose(t);
};

/** The state of a layer's own forward is not for others to dispose. */
const isPending = (m: Model, s: SavedModel) => m.layers.some(({ state }) => state === s);

const write: Action = (m, [a, b]) => {
  const t = choose(m.tensors, a);
  if (!t) return;
  const values = numbers(t.rows, b);
  if (attempt([!isAlive(t) && 'DISPOSED'], () => t.real.copyFrom(values))) m.write(t, values);
};

/** Through the view, which nobody can see. */
const poke: Action = (m, [a, b]) => {
  const t = pick(usable(m), a);
  if (!t || t.rows === 0) return;
  t.real.data.fill(b);
  t.memory.values.fill(b, t.from * WIDTH, (t.from + t.rows) * WIDTH);
};

const copy: Action = (m, [a, b]) => {
  const [to, from] = [pick(usable(m), a), pick(usable(m), b)];
  if (!to || !from) return;
  const values = valuesOf(from);
  if (attempt([to.rows !== from.rows && 'SHAPE'], () => to.real.copyFrom(from.real))) m.write(to, values);
};

const overlap = (a: Stretch, b: Stretch): boolean =>
  a.memory === b.memory && a.rows > 0 && b.rows > 0 && a.from < b.from + b.rows && b.from < a.from + a.rows;

function inputsOf(op: Op, x: Stretch, weight: Float32Array | null, bias: Float32Array | null): Inputs {
  return { op, rows: x.rows, x: valuesOf(x), weight, bias, running: null, trains: false };
}

function remember(
  m: Model,
  real: Saved,
  inputs: Inputs,
  found: Found,
  x: Stretch,
  weight: Stretch | null,
  bias: Memory | null,
  layer: LayerModel | null,
): SavedModel {
  for (const held of [x.memory, weight?.memory, bias]) if (held) held.owners++;
  const { memory, from, rows } = x;
  const bytes = statisticsBytes(inputs.op, rows);
  const state: SavedModel = {
    kind: 'saved',
    real,
    inputs,
    found,
    x: { memory, from, rows },
    weight,
    bias,
    runtime: memory.runtime,
    bytes,
    layer,
    holds: true,
    written: false,
    live: true,
    scope: null,
  };
  m.saved.push(state);
  return state;
}

/** A function of some operation, which saves; now and then with a weight, an `out`, and in the memory of another state. */
const forward: Action = (m, [a, b, c]) => {
  const op = OPS[a % OPS.length]!;
  const x = choose(m.tensors, b);
  if (!x) return;
  const row =
    a % 3 === 0
      ? pick(
          usable(m).filter(({ rows, memory }) => rows === 1 && memory.runtime.alive),
          c,
        )
      : undefined;
  const out = a % 5 === 0 ? pick(usable(m), c) : undefined;
  const old =
    a % 7 === 0
      ? choose(
          m.saved.filter((s) => !isPending(m, s)),
          c,
        )
      : undefined;
  const { runtime } = x.memory;
  const weight = row ? { memory: row.memory, from: row.from, rows: 1 } : null;
  // Saved holds on to its memory, not to this view of it.
  const flat = row?.real.reshape([WIDTH]);
  const target = out && { memory: out.memory, from: out.from, rows: out.rows };
  const call = () => forwardOf(op, x.real, { weight: flat, out: out?.real, ...(old ? { reuse: old.real } : {}) });
  const result = attempt(
    [
      !isAlive(x) && 'DISPOSED',
      op === 'batchNorm' && x.rows === 1 && 'SHAPE',
      row !== undefined && row.memory.runtime !== runtime && 'RUNTIME',
      out !== undefined && out.memory.runtime !== runtime && 'RUNTIME',
      out !== undefined && out.rows !== x.rows && 'SHAPE',
      target !== undefined && overlap(target, x) && 'VALUE',
      target !== undefined && weight !== null && overlap(target, weight) && 'VALUE',
      old !== undefined && !isAlive(old) && 'DISPOSED',
      old !== undefined && old.runtime !== runtime && 'RUNTIME',
    ],
    call,
  );
  if (result) {
    const inputs = inputsOf(op, x, weight && valuesOf(weight), null);
    const found = expectedForward(inputs);
    compare(result.y.data, found.y, `y of ${op}`);
    if (out) m.write(out, found.y);
    else m.fresh(result.y, runtime, found.y);
    const state = remember(m, result.saved, inputs, found, x, weight, null, null);
    if (old) replace(m, old, state);
    else m.adopt(state);
  }
  flat?.dispose();
};

/** The real state is one and the same: `next` takes the place of `old`, in its scope, too. */
function replace(m: Model, old: SavedModel, next: SavedModel): void {
  const { scope: where } = old;
  m.letGo(old);
  old.live = false;
  where?.items.delete(old);
  next.scope = where;
  where?.items.add(next);
  m.saved.splice(m.saved.indexOf(old), 1);
}

/** A forward of what a state holds, in the memory of that very state, which may be its last owner. */
const again: Action = (m, [a]) => {
  const old = pick(
    m.saved.filter((s) => isAlive(s) && s.layer === null && s.holds),
    a,
  );
  if (!old) return;
  const { op } = old.inputs;
  const { x, weight } = old.real;
  const { y, saved } = forwardOf(op, x, { weight, reuse: old.real });
  const inputs = inputsOf(op, old.x, old.weight && valuesOf(old.weight), null);
  const found = expectedForward(inputs);
  compare(y.data, found.y, `y of ${op}`);
  const state = remember(m, saved, inputs, found, old.x, old.weight, null, null);
  replace(m, old, state);
  m.fresh(y, old.runtime, found.y);
};

const differentiate: Action = (m, [a, b, c]) => {
  const state = choose(
    m.saved.filter(({ layer, holds }) => layer === null && holds),
    a,
  );
  const dy = choose(m.tensors, b);
  if (!state || !dy) return;
  const needs: Needs = { dx: c % 4 !== 0 };
  const result = attempt(
    [
      !isAlive(state) && 'DISPOSED',
      state.written && 'STATE',
      !isAlive(dy) && 'DISPOSED',
      dy.memory.runtime !== state.runtime && 'RUNTIME',
      dy.rows !== state.x.rows && 'SHAPE',
    ],
    () => backward(state.real, dy.real, { needs }),
  );
  if (!result) return;
  const expected = gradientsOf(state, valuesOf(dy), null, null);
  if (result.dx) m.fresh(result.dx as Tensor, state.runtime, expected.dx);
  if (result.dweight) {
    compare((result.dweight as Tensor).data, expected.dweight!, 'dweight');
    (result.dweight as Tensor).dispose();
  }
};

function gradientsOf(state: SavedModel, dy: Float32Array, dweight: Float32Array | null, dbias: Float32Array | null) {
  const { inputs, found, x, weight } = state;
  // Written through `.data`, x and weight count as they are.
  const now = { ...inputs, x: valuesOf(x), weight: weight && valuesOf(weight) };
  return expectedBackward(now, found, dy, { dweight, dbias });
}

const CLASSES = {
  layerNorm: LayerNorm,
  rmsNorm: RMSNorm,
  groupNorm: GroupNorm,
  batchNorm: BatchNorm,
} as unknown as Record<Op, new (...given: unknown[]) => Layer>;

const makeLayer: Action = (m, [a]) => {
  const op = OPS[a % OPS.length]!;
  const bare = op === 'groupNorm' && a % 3 === 0;
  const sizes = op === 'groupNorm' ? [2, WIDTH] : [WIDTH];
  const real = new CLASSES[op](...sizes, ...(bare ? [{ affine: false }] : []));
  m.layers.push({
    op,
    real,
    bare,
    runtime: null,
    tensors: null,
    dweight: null,
    dbias: null,
    batches: 0,
    evaluates: false,
    frozen: false,
    pending: 0,
    state: null,
    live: true,
  });
};

const layerAt = (m: Model, n: number) =>
  n % 16 === 0 ? pick(m.layers, n >> 4) : pick(m.layers.filter(isLayerAlive), n >> 4);

/** The first use of a layer gives it its tensors. */
function use(m: Model, layer: LayerModel): void {
  if (layer.tensors !== null) return;
  if (layer.bare) {
    layer.tensors = { weight: null, bias: null, mean: null, variance: null };
    return;
  }
  const runtime = m.current;
  layer.runtime = runtime;
  const vector = (value: number) => m.allocate(runtime, new Float32Array(WIDTH).fill(value));
  const runs = layer.op === 'batchNorm';
  layer.tensors = {
    weight: vector(1),
    bias: layer.op === 'rmsNorm' ? null : vector(0),
    mean: runs ? vector(0) : null,
    variance: runs ? vector(1) : null,
  };
}

function layerInputs(layer: LayerModel, x: Stretch): Inputs {
  const { weight, bias, mean, variance } = layer.tensors!;
  const running = mean && variance && { mean: mean.values.slice(), variance: variance.values.slice() };
  const trains = !layer.evaluates && !layer.frozen;
  return { ...inputsOf(layer.op, x, weight?.values ?? null, bias?.values ?? null), running, trains };
}

const runLayer =
  (records: boolean): Action =>
  (m, [a, b]) => {
    const layer = layerAt(m, a);
    const x = choose(m.tensors, b);
    if (!layer || !x) return;
    const runtime = layer.runtime ?? (layer.bare ? x.memory.runtime : m.current);
    const trains = !layer.evaluates && !layer.frozen;
    const result = attempt<Tensor | { y: Tensor; saved: Saved }>(
      [
        !isLayerAlive(layer) && 'DISPOSED',
        !isAlive(x) && 'DISPOSED',
        !runtime.alive && 'DISPOSED',
        x.memory.runtime !== runtime && 'RUNTIME',
        layer.op === 'batchNorm' && trains && x.rows === 1 && 'SHAPE',
      ],
      () => (records ? layer.real.record(x.real) : layer.real.forward(x.real)),
    );
    if (!result) return;
    use(m, layer);
    const inputs = layerInputs(layer, x);
    const found = expectedForward(inputs);
    if (layer.op === 'batchNorm' && trains) {
      layer.batches++;
      layer.tensors!.mean!.values.set(found.running!.mean);
      layer.tensors!.variance!.values.set(found.running!.variance);
    }
    const saving = (real: Saved) => {
      const { weight, bias } = layer.tensors!;
      return remember(m, real, inputs, found, x, weight && { memory: weight, from: 0, rows: 1 }, bias, layer);
    };
    if ('saved' in result) {
      m.fresh(result.y, runtime, found.y);
      m.adopt(saving(result.saved));
      return;
    }
    m.fresh(result, runtime, found.y);
    if (layer.evaluates) return;
    const old = layer.state;
    layer.state = saving(NEVER_SEEN);
    if (old) forgetState(m, old);
    layer.pending = layer.pending === 0 ? 1 : 2;
    if (layer.pending === 2) m.letGo(layer.state);
  };

/** A layer's own state is never shown: what stands for it says what it must. */
const NEVER_SEEN = { disposed: undefined, dispose() {} } as unknown as Saved;

function forgetState(m: Model, state: SavedModel): void {
  m.letGo(state);
  state.live = false;
  m.saved.splice(m.saved.indexOf(state), 1);
}

function consume(m: Model, layer: LayerModel): void {
  layer.pending = 0;
  if (layer.state) m.letGo(layer.state);
}

const backwardLayer: Action = (m, [a, b, c]) => {
  const layer = layerAt(m, a);
  const dy = choose(m.tensors, b);
  if (!layer || !dy) return;
  const records = m.saved.filter((s) => s.layer === layer && !isPending(m, s));
  const given = c % 2 === 0 ? choose(records, c >> 1) : undefined;
  const state = given ?? layer.state;
  const call = () => layer.real.backward(dy.real, given ? { saved: given.real } : {});
  if (!isLayerAlive(layer)) {
    attempt(['DISPOSED'], call);
    return;
  }
  if (given && !isAlive(given)) {
    attempt(['DISPOSED'], call);
    return;
  }
  if (!state || (!given && layer.pending !== 1) || state.written) {
    attempt(['STATE'], call);
    if (!given) consume(m, layer);
    return;
  }
  const dx = attempt(
    [!isAlive(dy) && 'DISPOSED', dy.memory.runtime !== state.runtime && 'RUNTIME', dy.rows !== state.x.rows && 'SHAPE'],
    call,
  );
  if (!dx) return;
  const expected = gradientsOf(state, valuesOf(dy), layer.dweight?.values ?? null, layer.dbias?.values ?? null);
  m.fresh(dx as Tensor, state.runtime, expected.dx);
  layer.dweight = addUp(m, layer, layer.dweight, expected.dweight);
  layer.dbias = addUp(m, layer, layer.dbias, expected.dbias);
  if (!given) consume(m, layer);
};

function addUp(m: Model, layer: LayerModel, grad: Memory | null, sum: Float32Array | null): Memory | null {
  if (sum === null) return null;
  if (grad === null) return m.allocate(layer.runtime!, sum);
  grad.values.set(sum);
  return grad;
}

const setMode: Action = (m, [a, b]) => {
  const layer = layerAt(m, a);
  if (!layer) return;
  const method = (['train', 'eval', 'freeze', 'thaw'] as const)[b % 4]!;
  const call = () => (method === 'thaw' ? layer.real.freeze(false) : layer.real[method]());
  if (!attempt([!isLayerAlive(layer) && 'DISPOSED'], call)) return;
  if (method === 'freeze' || method === 'thaw') layer.frozen = method === 'freeze';
  else layer.evaluates = method === 'eval';
  if (method !== 'eval') return;
  layer.pending = 0;
  if (layer.state) forgetState(m, layer.state);
  layer.state = null;
};

const zeroGrad: Action = (m, [a]) => {
  const layer = layerAt(m, a);
  if (!layer) return;
  attempt([!isLayerAlive(layer) && 'DISPOSED'], () => layer.real.zeroGrad());
  if (!isLayerAlive(layer)) return;
  layer.dweight?.values.fill(0);
  layer.dbias?.values.fill(0);
};

/** The state of one layer into another of its kind, which may be itself. */
const carryState: Action = (m, [a, b, c]) => {
  const from = layerAt(m, a);
  const to = pick(
    m.layers.filter(({ op, bare }) => op === from?.op && bare === from.bare),
    b,
  );
  if (!from || !to) return;
  const dead = (layer: LayerModel) => !isLayerAlive(layer) || (!layer.bare && !(layer.runtime ?? m.current).alive);
  const dict = attempt([dead(from) && 'DISPOSED'], () =>
    c % 2 === 0 ? from.real.stateDict() : from.real.stateDict({ json: true }),
  );
  if (!dict) return;
  use(m, from);
  const values = [from.tensors!.weight, from.tensors!.bias, from.tensors!.mean, from.tensors!.variance].map((t) =>
    t?.values.slice(),
  );
  if (!attempt([dead(to) && 'DISPOSED'], () => to.real.loadStateDict(dict as never))) return;
  use(m, to);
  const targets = [to.tensors!.weight, to.tensors!.bias, to.tensors!.mean, to.tensors!.variance];
  for (const [i, target] of targets.entries()) if (target) m.write({ memory: target, from: 0, rows: 1 }, values[i]!);
  to.batches = from.batches;
};

const disposeLayer: Action = (m, [a]) => {
  const layer = pick(m.layers, a);
  if (layer) endLayer(m, layer);
};

function endLayer(m: Model, layer: LayerModel): void {
  layer.real.dispose();
  if (!layer.live) return;
  layer.live = false;
  if (layer.state) forgetState(m, layer.state);
  layer.state = null;
  const { weight, bias, mean, variance } = layer.tensors ?? {};
  for (const held of [weight, bias, mean, variance, layer.dweight, layer.dbias]) if (held) held.owners--;
}

const addRuntime: Action = (m) => {
  // Memories are few in a process.
  if (m.runtimes.length >= 3) return;
  m.runtimes.push({ real: createRuntime({ maxMemory: 32 * PAGE, debug: true }), alive: true });
};

const endRuntime: Action = (m, [a]) => {
  const runtime = pick(m.runtimes.slice(1), a);
  if (!runtime) return;
  runtime.real.dispose();
  runtime.alive = false;
};

const chooseDefault: Action = (m, [a]) => {
  const runtime = pick(m.runtimes, a)!;
  attempt([!runtime.alive && 'DISPOSED'], () => {
    setDefaultRuntime(runtime.real);
    m.default_ = runtime;
  });
};

const keepOne: Action = (m, [a]) => {
  const item = pick<TensorModel | SavedModel>([...m.tensors, ...m.saved.filter((s) => !isPending(m, s))], a);
  if (!item) return;
  keep([item.real]);
  item.scope?.items.delete(item);
  item.scope = null;
};

/** Runs `inner` in a scope, which returns some of what was made in it, or throws. */
export function inScope(m: Model, [a, b]: Dice, inner: () => void): void {
  const runtime = a % 4 === 0 ? pick(m.runtimes, b) : undefined;
  const before = m.scoped;
  const own: ScopeModel = { parent: m.scope, items: new Set() };
  const boom = new Error('thrown in a scope');
  const throws = a % 5 === 1;
  const end = (returned: readonly (TensorModel | SavedModel)[]) => {
    for (const item of returned) {
      own.items.delete(item);
      item.scope = own.parent;
      own.parent?.items.add(item);
    }
    for (const item of own.items) m.dispose(item);
    m.scope = own.parent;
    m.scoped = before;
  };
  let returned: (TensorModel | SavedModel)[] = [];
  const body = () => {
    m.scope = own;
    m.scoped = runtime ?? before;
    inner();
    if (throws) throw boom;
    returned = [...own.items].filter((_, i) => (b >> (i % 8)) & 1);
    return { all: returned.map(({ real }) => real), first: returned[0]?.real };
  };
  try {
    attempt([runtime !== undefined && !runtime.alive && 'DISPOSED'], () =>
      scope(body, runtime ? { runtime: runtime.real } : {}),
    );
  } catch (error) {
    if (error !== boom) throw error;
    returned = [];
  }
  end(returned);
}

export const ACTIONS: Readonly<Record<string, Action>> = {
  make,
  makeElsewhere,
  view,
  clone,
  dispose,
  write,
  poke,
  copy,
  forward,
  again,
  differentiate,
  makeLayer,
  'layer.forward': runLayer(false),
  'layer.record': runLayer(true),
  'layer.backward': backwardLayer,
  setMode,
  zeroGrad,
  carryState,
  disposeLayer,
  addRuntime,
  endRuntime,
  chooseDefault,
  keepOne,
};

/** Disposes all there is, in whatever order, and gives back what else was taken. */
export function endAll(m: Model, home: Model['default_']): void {
  for (const t of m.tensors) {
    t.real.dispose();
    m.dispose(t);
  }
  for (const s of m.saved) {
    if (isPending(m, s)) continue;
    s.real.dispose();
    m.dispose(s);
  }
  for (const layer of m.layers) endLayer(m, layer);
  for (const runtime of m.runtimes.slice(1)) {
    runtime.real.dispose();
    runtime.alive = false;
  }
  setDefaultRuntime(home.real);
  m.default_ = home;
}
