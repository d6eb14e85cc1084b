// What may be done with saved states: forwards that save, in the memory of another state or not, and backwards from them.
import type { Needs, Saved } from 'normlayers';
import { type Action, choose, isPending, pick, usable } from './dice.ts';
import {
  attempt,
  compare,
  isAlive,
  type LayerModel,
  type Memory,
  type Model,
  type SavedModel,
  type Stretch,
  statisticsBytes,
  valuesOf,
} from './model.ts';
import {
  areTooFew,
  backwardOf,
  expectedBackward,
  expectedForward,
  type Found,
  forwardOf,
  type Inputs,
  OPS,
  type Op,
  WIDTH,
} from './reference.ts';

const overlap = (a: Stretch, b: Stretch): boolean =>
  a.memory === b.memory && a.rows > 0 && b.rows > 0 && a.from < b.from + b.rows && b.from < a.from + a.rows;

export function inputsOf(op: Op, x: Stretch, weight: Float32Array | null, bias: Float32Array | null): Inputs {
  return { op, rows: x.rows, x: valuesOf(x), weight, bias, running: null, trains: false };
}

export function remember(
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
export const forward: Action = (m, [a, b, c]) => {
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
      areTooFew(op, x.rows) && 'SHAPE',
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
export const again: Action = (m, [a]) => {
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

export const differentiate: Action = (m, [a, b, c]) => {
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
    () => backwardOf(state.inputs.op, state.real, dy.real, needs),
  );
  if (!result) return;
  const expected = gradientsOf(state, valuesOf(dy), null, null);
  if (result.dx) m.fresh(result.dx, state.runtime, expected.dx);
  if (result.dweight) {
    compare(result.dweight.data, expected.dweight!, 'dweight');
    result.dweight.dispose();
  }
};

export function gradientsOf(
  state: SavedModel,
  dy: Float32Array,
  dweight: Float32Array | null,
  dbias: Float32Array | null,
) {
  const { inputs, found, x, weight } = state;
  // Written through `.data`, x and weight count as they are.
  const now = { ...inputs, x: valuesOf(x), weight: weight && valuesOf(weight) };
  return expectedBackward(now, found, dy, { dweight, dbias });
}
