// A simple model of the library: who owns which memory, and what is in it. No addresses, no reuse, no scratch.
import { isNormError, type Layer, memory, type NormErrorCode, type Runtime, type Saved, type Tensor } from 'normlayers';
import type { Found, Inputs, Op } from './reference.ts';
import { statisticsOf, WIDTH } from './reference.ts';

export interface RuntimeModel {
  readonly real: Runtime;
  alive: boolean;
}

/** A piece of memory, its owners counted. */
export interface Memory {
  readonly runtime: RuntimeModel;
  readonly bytes: number;
  readonly values: Float32Array;
  owners: number;
}

/** A stretch of memory: rows of WIDTH elements. */
export interface Stretch {
  readonly memory: Memory;
  /** The first row. */
  readonly from: number;
  readonly rows: number;
}

/** What a scope may own. */
export interface Owned {
  live: boolean;
  scope: ScopeModel | null;
}

export interface TensorModel extends Stretch, Owned {
  readonly kind: 'tensor';
  readonly real: Tensor;
}

export interface SavedModel extends Owned {
  readonly kind: 'saved';
  readonly real: Saved;
  readonly inputs: Inputs;
  readonly found: Found;
  readonly x: Stretch;
  readonly weight: Stretch | null;
  readonly bias: Memory | null;
  readonly runtime: RuntimeModel;
  readonly bytes: number;
  readonly layer: LayerModel | null;
  /** Whether it still holds on to x, weight and bias. */
  holds: boolean;
  written: boolean;
}

export interface LayerTensors {
  readonly weight: Memory | null;
  readonly bias: Memory | null;
  readonly mean: Memory | null;
  readonly variance: Memory | null;
}

export interface LayerModel {
  readonly op: Op;
  readonly real: Layer;
  /** Whether it has no tensors at all, and so no runtime of its own. */
  readonly bare: boolean;
  runtime: RuntimeModel | null;
  tensors: LayerTensors | null;
  dweight: Memory | null;
  dbias: Memory | null;
  batches: number;
  evaluates: boolean;
  frozen: boolean;
  pending: 0 | 1 | 2;
  state: SavedModel | null;
  live: boolean;
}

export interface ScopeModel {
  readonly parent: ScopeModel | null;
  readonly items: Set<TensorModel | SavedModel>;
}

const align = (bytes: number) => Math.ceil(bytes / 64) * 64;

/** A state's statistics: a mean, but for RMS norm, and behind it, on a boundary of its own, rstd. */
export const statisticsBytes = (op: Op, rows: number): number => {
  const one = statisticsOf(op, rows) * 8;
  return op === 'rmsNorm' ? align(one) : align(align(one) + one);
};

export class Model {
  readonly tensors: TensorModel[] = [];
  readonly saved: SavedModel[] = [];
  readonly layers: LayerModel[] = [];
  readonly memories: Memory[] = [];
  readonly runtimes: RuntimeModel[];
  default_: RuntimeModel;
  scoped: RuntimeModel | null = null;
  scope: ScopeModel | null = null;
  steps = 0;

  constructor(home: RuntimeModel) {
    this.runtimes = [home];
    this.default_ = home;
  }

  get current(): RuntimeModel {
    return this.scoped ?? this.default_;
  }

  allocate(runtime: RuntimeModel, values: Float32Array): Memory {
    const made = { runtime, bytes: align(values.byteLength), values: values.slice(), owners: 1 };
    this.memories.push(made);
    return made;
  }

  adopt<T extends TensorModel | SavedModel>(item: T): T {
    item.scope = this.scope;
    this.scope?.items.add(item);
    return item;
  }

  tensor(real: Tensor, memory: Memory, from: number, rows: number): TensorModel {
    const made: TensorModel = { kind: 'tensor', real, memory, from, rows, live: true, scope: null };
    this.tensors.push(made);
    return this.adopt(made);
  }

  /** A new tensor with memory of its own. */
  fresh(real: Tensor, runtime: RuntimeModel, values: Float32Array): TensorModel {
    return this.tensor(real, this.allocate(runtime, values), 0, values.length / WIDTH);
  }

  /** Lets go of what a state holds on to. */
  letGo(state: SavedModel): void {
    if (!state.holds) return;
    state.holds = false;
    for (const held of [state.x.memory, state.weight?.memory, state.bias]) if (held) held.owners--;
  }

  dispose(item: TensorModel | SavedModel): void {
    if (!item.live) return;
    item.scope?.items.delete(item);
    item.scope = null;
    if (!runtimeOf(item).alive) return;
    item.live = false;
    if (item.kind === 'tensor') item.memory.owners--;
    else this.letGo(item);
  }

  /** Notes a write of the library. */
  write(to: Stretch, values: Float32Array): void {
    to.memory.values.set(values, to.from * WIDTH);
    if (to.rows > 0) for (const state of this.saved) if (state.holds && reads(state, to)) state.written = true;
  }

  /** Compares all there is with the real thing. */
  check(): void {
    this.steps++;
    for (const runtime of this.runtimes) this.#checkMemory(runtime);
    for (const item of [...this.tensors, ...this.saved]) {
      if (item.real.disposed === isAlive(item))
        throw new Error(`${item.real} should be ${isAlive(item) ? '' : 'not '}alive`);
    }
    for (const t of this.tensors) if (isAlive(t)) compare(t.real.data, valuesOf(t), String(t.real));
    for (const layer of this.layers) this.#checkLayer(layer);
    const { tensors, bytesInUse } = memory();
    const expected = this.current.alive ? this.current.real.memory() : { tensors: 0, bytesInUse: 0 };
    equal(tensors, expected.tensors, 'tensors of the default runtime');
    equal(bytesInUse, expected.bytesInUse, 'bytes of the default runtime');
  }

  #checkMemory(runtime: RuntimeModel): void {
    equal(runtime.real.disposed, !runtime.alive, 'disposed of a runtime');
    if (!runtime.alive) return;
    let tensors = 0;
    let bytes = 0;
    for (const t of this.tensors) if (t.live && t.memory.runtime === runtime) tensors++;
    for (const m of this.memories) if (m.owners > 0 && m.runtime === runtime) bytes += m.bytes;
    for (const s of this.saved) if (s.live && s.runtime === runtime) bytes += s.bytes;
    for (const l of this.layers) if (l.live && l.runtime === runtime) tensors += layerMemories(l).length;
    const found = runtime.real.memory();
    equal(found.tensors, tensors, 'tensors');
    equal(found.bytesInUse, bytes, 'bytes in use');
  }

  #checkLayer(layer: LayerModel): void {
    const { real } = layer;
    equal(real.disposed, !isLayerAlive(layer), `disposed of ${real}`);
    equal(real.mode, layer.evaluates ? 'eval' : layer.frozen ? 'frozen' : 'train', 'mode');
    if (real.numBatchesTracked !== null) equal(real.numBatchesTracked, layer.batches, 'batches');
    if (!isLayerAlive(layer) || layer.tensors === null) return;
    const { weight, bias, mean, variance } = layer.tensors;
    const pairs = [
      [real.weight, weight, 'weight'],
      [real.bias, bias, 'bias'],
      [real.runningMean, mean, 'runningMean'],
      [real.runningVar, variance, 'runningVar'],
      [real.weight?.grad ?? null, layer.dweight, 'dweight'],
      [real.bias?.grad ?? null, layer.dbias, 'dbias'],
    ] as const;
    for (const [t, expected, name] of pairs) {
      equal(t === null, expected === null, `absence of ${name}`);
      if (t && expected) compare(t.data, expected.values, `${name} of ${real}`);
    }
  }
}

export const layerMemories = ({ tensors, dweight, dbias }: LayerModel): Memory[] =>
  [tensors?.weight, tensors?.bias, tensors?.mean, tensors?.variance, dweight, dbias].filter((m) => !!m) as Memory[];

export const runtimeOf = (item: TensorModel | SavedModel): RuntimeModel =>
  item.kind === 'tensor' ? item.memory.runtime : item.runtime;

export const isAlive = (item: TensorModel | SavedModel): boolean => item.live && runtimeOf(item).alive;

export const isLayerAlive = ({ live, runtime }: LayerModel): boolean => live && (runtime === null || runtime.alive);

export const valuesOf = ({ memory: { values }, from, rows }: Stretch): Float32Array =>
  values.slice(from * WIDTH, (from + rows) * WIDTH);

function reads({ x, weight }: SavedModel, to: Stretch): boolean {
  return [x, weight].some(
    (s) => s?.memory === to.memory && s.rows > 0 && to.from < s.from + s.rows && s.from < to.from + to.rows,
  );
}

// In jest’s realm a global costs a slow look-up each time.
const { is: same } = Object;

/** To the last bit; nothing here is NaN but what was freed. */
export function compare(found: Float32Array, expected: Float32Array, what: string): void {
  let agrees = found.length === expected.length;
  for (let i = 0; agrees && i < found.length; i++) agrees = same(found[i], expected[i]);
  if (!agrees) throw new Error(`${what} holds ${found}, expected ${expected}`);
}

export function equal(found: unknown, expected: unknown, what: string): void {
  if (found !== expected) throw new Error(`${what}: ${String(found)}, expected ${String(expected)}`);
}

/** Makes a call that must fail with one of `codes`, or, where there are none, succeed. */
export function attempt<T>(codes: Iterable<NormErrorCode | false>, call: () => T): T | undefined {
  const wrong = [...codes].filter((code) => code !== false);
  try {
    const result = call();
    if (wrong.length > 0) throw new Error(`nothing was thrown, expected ${wrong.join(' or ')}`);
    return result;
  } catch (error) {
    if (isNormError(error) && wrong.includes(error.code)) return undefined;
    throw error;
  }
}
