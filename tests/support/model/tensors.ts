// What may be done to tensors: made, viewed, copied, written, kept and disposed.
import { keep, tensor } from 'normlayers';
import { type Action, choose, isPending, numbers, pick, usable } from './dice.ts';
import { attempt, isAlive, type SavedModel, type TensorModel, valuesOf } from './model.ts';
import { WIDTH } from './reference.ts';

export const make: Action = (m, [a, b]) => {
  const rows = a % 5;
  const values = numbers(rows, b);
  const runtime = m.current;
  const real = attempt([!runtime.alive && 'DISPOSED'], () => tensor(values, [rows, WIDTH]));
  if (real) m.fresh(real, runtime, values);
};

export const makeElsewhere: Action = (m, [a, b, c]) => {
  const runtime = pick(m.runtimes, a)!;
  const values = numbers(b % 4, c);
  const call = () => tensor(values, [b % 4, WIDTH], { runtime: runtime.real });
  const real = attempt([!runtime.alive && 'DISPOSED'], call);
  if (real) m.fresh(real, runtime, values);
};

export const view: Action = (m, [a, b, c]) => {
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

export const clone: Action = (m, [a]) => {
  const t = choose(m.tensors, a);
  if (!t) return;
  const real = attempt([!isAlive(t) && 'DISPOSED'], () => t.real.clone());
  if (real) m.fresh(real, t.memory.runtime, valuesOf(t));
};

export const dispose: Action = (m, [a]) => {
  const t = pick<TensorModel | SavedModel>([...m.tensors, ...m.saved.filter((s) => !isPending(m, s))], a);
  if (!t) return;
  t.real.dispose();
  m.dispose(t);
};

export const write: Action = (m, [a, b]) => {
  const t = choose(m.tensors, a);
  if (!t) return;
  const values = numbers(t.rows, b);
  if (attempt([!isAlive(t) && 'DISPOSED'], () => t.real.copyFrom(values))) m.write(t, values);
};

/** Through the view, which nobody can see. */
export const poke: Action = (m, [a, b]) => {
  const t = pick(usable(m), a);
  if (!t || t.rows === 0) return;
  t.real.data.fill(b);
  t.memory.values.fill(b, t.from * WIDTH, (t.from + t.rows) * WIDTH);
};

export const copy: Action = (m, [a, b]) => {
  const [to, from] = [pick(usable(m), a), pick(usable(m), b)];
  if (!to || !from) return;
  const values = valuesOf(from);
  if (attempt([to.rows !== from.rows && 'SHAPE'], () => to.real.copyFrom(from.real))) m.write(to, values);
};

export const keepOne: Action = (m, [a]) => {
  const item = pick<TensorModel | SavedModel>([...m.tensors, ...m.saved.filter((s) => !isPending(m, s))], a);
  if (!item) return;
  keep([item.real]);
  item.scope?.items.delete(item);
  item.scope = null;
};
