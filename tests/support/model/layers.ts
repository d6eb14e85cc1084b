// What may be done to layers: made, run forward and backward, set to a mode, saved and loaded, disposed.
import {
  BatchNorm,
  GroupNorm,
  InstanceNorm,
  type Layer,
  LayerNorm,
  RMSNorm,
  type Saved,
  type Tensor,
} from 'normlayers';
import { type Action, choose, isPending, pick } from './dice.ts';
import {
  attempt,
  isAlive,
  isLayerAlive,
  type LayerModel,
  type Memory,
  type Model,
  type SavedModel,
  type Stretch,
  valuesOf,
} from './model.ts';
import { areTooFew, asRows, expectedForward, type Inputs, layoutOf, OPS, type Op, shaped, WIDTH } from './reference.ts';
import { gradientsOf, inputsOf, remember } from './states.ts';

const CLASSES = {
  layerNorm: LayerNorm,
  rmsNorm: RMSNorm,
  groupNorm: GroupNorm,
  batchNorm: BatchNorm,
  instanceNorm: InstanceNorm,
} as unknown as Record<Op, new (...given: unknown[]) => Layer>;

export const makeLayer: Action = (m, [a]) => {
  const op = OPS[a % OPS.length]!;
  const bare = (op === 'groupNorm' || op === 'instanceNorm') && a % 3 === 0;
  const sizes = op === 'groupNorm' ? [2, WIDTH] : [WIDTH];
  const whole = op === 'instanceNorm' ? { affine: true, trackRunningStats: true } : {};
  const real = new CLASSES[op](...sizes, { ...layoutOf(op), ...(bare ? { affine: false } : whole) });
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

const hasRunning = ({ op, bare }: LayerModel) => op === 'batchNorm' || (op === 'instanceNorm' && !bare);

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
  const runs = hasRunning(layer);
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

function runOf(layer: Layer, x: Tensor, records: boolean): { y: Tensor; saved: Saved | null } {
  if (!records) return { y: asRows(layer.forward(x)), saved: null };
  const { y, saved } = layer.record(x);
  return { y: asRows(y), saved };
}

export const runLayer =
  (records: boolean): Action =>
  (m, [a, b]) => {
    const layer = layerAt(m, a);
    const x = choose(m.tensors, b);
    if (!layer || !x) return;
    const runtime = layer.runtime ?? (layer.bare ? x.memory.runtime : m.current);
    const trains = !layer.evaluates && !layer.frozen;
    const result = attempt(
      [
        !isLayerAlive(layer) && 'DISPOSED',
        !isAlive(x) && 'DISPOSED',
        !runtime.alive && 'DISPOSED',
        x.memory.runtime !== runtime && 'RUNTIME',
        (trains || !hasRunning(layer)) && areTooFew(layer.op, x.rows) && 'SHAPE',
        layer.op === 'instanceNorm' && x.rows === 0 && 'SHAPE',
      ],
      () => shaped(layer.op, [x.real], (input) => runOf(layer.real, input, records)),
    );
    if (!result) return;
    use(m, layer);
    const inputs = layerInputs(layer, x);
    const found = expectedForward(inputs);
    if (hasRunning(layer) && trains) {
      layer.batches++;
      layer.tensors!.mean!.values.set(found.running!.mean);
      layer.tensors!.variance!.values.set(found.running!.variance);
    }
    const saving = (real: Saved) => {
      const { weight, bias } = layer.tensors!;
      return remember(m, real, inputs, found, x, weight && { memory: weight, from: 0, rows: 1 }, bias, layer);
    };
    m.fresh(result.y, runtime, found.y);
    if (result.saved) {
      m.adopt(saving(result.saved));
      return;
    }
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

export const backwardLayer: Action = (m, [a, b, c]) => {
  const layer = layerAt(m, a);
  const dy = choose(m.tensors, b);
  if (!layer || !dy) return;
  const records = m.saved.filter((s) => s.layer === layer && !isPending(m, s));
  const given = c % 2 === 0 ? choose(records, c >> 1) : undefined;
  const state = given ?? layer.state;
  const options = given ? { saved: given.real } : {};
  const call = () =>
    shaped(layer.op, [dy.real], (upstream) => asRows(layer.real.backward(upstream, options as never) as Tensor));
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
  m.fresh(dx, state.runtime, expected.dx);
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

export const setMode: Action = (m, [a, b]) => {
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

export const zeroGrad: Action = (m, [a]) => {
  const layer = layerAt(m, a);
  if (!layer) return;
  attempt([!isLayerAlive(layer) && 'DISPOSED'], () => layer.real.zeroGrad());
  if (!isLayerAlive(layer)) return;
  layer.dweight?.values.fill(0);
  layer.dbias?.values.fill(0);
};

/** The state of one layer into another of its kind, which may be itself. */
export const carryState: Action = (m, [a, b, c]) => {
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

export const disposeLayer: Action = (m, [a]) => {
  const layer = pick(m.layers, a);
  if (layer) endLayer(m, layer);
};

export function endLayer(m: Model, layer: LayerModel): void {
  layer.real.dispose();
  if (!layer.live) return;
  layer.live = false;
  if (layer.state) forgetState(m, layer.state);
  layer.state = null;
  const { weight, bias, mean, variance } = layer.tensors ?? {};
  for (const held of [weight, bias, mean, variance, layer.dweight, layer.dbias]) if (held) held.owners--;
}
