// Where things are made: runtimes, of which one is the default, and scopes.
import { createRuntime, scope, setDefaultRuntime } from 'normlayers';
import { type Action, type Dice, pick } from './dice.ts';
import { attempt, type Model, type SavedModel, type ScopeModel, type TensorModel } from './model.ts';

const PAGE = 65536;

export const addRuntime: Action = (m) => {
  // Memories are few in a process.
  if (m.runtimes.length >= 3) return;
  m.runtimes.push({ real: createRuntime({ maxMemory: 32 * PAGE, debug: true }), alive: true });
};

export const endRuntime: Action = (m, [a]) => {
  const runtime = pick(m.runtimes.slice(1), a);
  if (!runtime) return;
  runtime.real.dispose();
  runtime.alive = false;
};

export const chooseDefault: Action = (m, [a]) => {
  const runtime = pick(m.runtimes, a)!;
  attempt([!runtime.alive && 'DISPOSED'], () => {
    setDefaultRuntime(runtime.real);
    m.default_ = runtime;
  });
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
