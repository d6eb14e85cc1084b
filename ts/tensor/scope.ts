// Scopes dispose what was made inside them and not returned. They know what they own only as `Owned`.

import { checkOptions, type NamesOf } from '../arguments.js';
import { layoutOf, OWNED } from '../brand.js';
import { describe, disposedError, typeError } from '../errors.js';
import { enterRuntime } from '../runtime/default.js';
import { checkRuntime } from '../runtime/runtime.js';
import type { Runtime } from '../runtime/types.js';

/** Something a scope can own. */
export interface Owned {
  scope: Scope | null;
  /** Its place in the scope's list; negative once the scope has disposed it. */
  slot: number;
  dispose(): void;
  /** Called when no scope owns it: from here on only its user does, who may forget it. */
  settle(): void;
}

/** The `slot` of what a scope has disposed: it costs nothing, and tells a later error what happened. */
const ENDED = -1;

export class Scope {
  readonly parent: Scope | null;
  readonly #items: Owned[] = [];

  constructor(parent: Scope | null) {
    this.parent = parent;
  }

  add(item: Owned): void {
    item.scope = this;
    item.slot = this.#items.length;
    this.#items.push(item);
  }

  remove(item: Owned): void {
    const last = this.#items.pop() as Owned;
    if (last !== item) {
      this.#items[item.slot] = last;
      last.slot = item.slot;
    }
    item.scope = null;
  }

  disposeAll(): void {
    for (let last = this.#items.at(-1); last !== undefined; last = this.#items.at(-1)) {
      this.remove(last);
      last.slot = ENDED;
      last.dispose();
    }
  }
}

const SCOPE_OPTIONS: NamesOf<ScopeOptions> = { runtime: 1 };

let current: Scope | null = null;

/** The error for a use of `item`, called `name`, after it was disposed. */
export function usedAfter(item: Owned, name: string): Error {
  const how = ' by the scope it was made in: return it (alone, in an array or plain object), or keep() it';
  return disposedError(name, item.slot === ENDED ? how : undefined);
}

/** Gives `item`, just made, to the scope around the call, if there is one. */
export function adopt(item: Owned): void {
  if (current === null) item.settle();
  else current.add(item);
}

/** Takes `item`, which is about to be disposed, off its scope's list. */
export function forget(item: Owned): void {
  item.scope?.remove(item);
}

/** Takes `item` out of every scope for good. */
export function disown(item: Owned): void {
  if (item.scope === null) return;
  item.scope.remove(item);
  item.settle();
}

/** Options of {@link scope}. */
export interface ScopeOptions {
  /** The default runtime inside the scope. */
  readonly runtime?: Runtime | undefined;
}

/** A function none of whose results is a promise; one that always throws has none, and `any` may be anything. */
type Synchronous<T> = 0 extends 1 & T ? () => T : [Extract<T, PromiseLike<unknown>>] extends [never] ? () => T : never;

/**
 * Runs `fn` and disposes every tensor and saved state that was made inside, but for those it returns, alone or in
 * arrays and plain objects: they pass to the enclosing scope, or to the caller. Also when `fn` throws. Layers own
 * what is theirs, and no scope frees it.
 *
 * @example
 * const loss = scope(() => {
 *   const y = norm.forward(x);          // freed at the end
 *   return meanOf(y.data);
 * });
 *
 * @param fn synchronous; what it returns, the scope returns
 * @throws TypeError when `fn` returns a promise (a type error as well): a scope ends when `fn` returns
 */
export function scope<T>(fn: Synchronous<T>, options?: ScopeOptions): T {
  const { runtime } = checkOptions(options, SCOPE_OPTIONS);
  if (typeof fn !== 'function') throw typeError(`fn must be a function, got ${describe(fn)}`);
  const inner = new Scope(current);
  const { parent } = inner;
  const runtimeBefore = runtime === undefined ? undefined : enterRuntime(checkRuntime(runtime));
  current = inner;
  try {
    const result = (fn as () => T)();
    if (typeof (result as { then?: unknown } | null | undefined)?.then === 'function') {
      throw typeError('fn must not return a promise: a scope is synchronous, and ends when fn returns');
    }
    for (const item of ownedIn(result)) {
      if (item.scope !== inner) continue;
      inner.remove(item);
      if (parent === null) item.settle();
      else parent.add(item);
    }
    return result;
  } finally {
    current = parent;
    if (runtimeBefore !== undefined) enterRuntime(runtimeBefore);
    inner.disposeAll();
  }
}

/**
 * Takes tensors and saved states, alone or in arrays and plain objects, out of their scopes: the caller owns them
 * from now on. Returns `value` itself.
 *
 * @example
 * const cache = [];
 * scope(() => {
 *   cache.push(keep(layerNorm(x, 768)));   // outlives the scope
 * });
 */
export function keep<T>(value: T): T {
  ownedIn(value).forEach(disown);
  return value;
}

/** The tensors and saved states in `value`. Looking for them may run a caller's code, so nothing is done meanwhile. */
function ownedIn(value: unknown): Owned[] {
  // Mostly it is one, or nothing that could hold any.
  if (typeof value !== 'object' || value === null) return [];
  if (layoutOf(value, OWNED)) return [value as Owned];
  const found: Owned[] = [];
  const containers = new Set<object>();
  const look = (at: unknown): void => {
    if (typeof at !== 'object' || at === null) return;
    if (layoutOf(at, OWNED)) found.push(at as Owned);
    else if (isContainer(at)) containers.add(at);
  };
  look(value);
  // A set visits what is added while it is walked.
  for (const container of containers) Object.values(container).forEach(look);
  return found;
}

function isContainer(value: object): boolean {
  return Array.isArray(value) || isPlain(value);
}

/** Whether no class made it. Another realm's `Object` is none either: its prototype has no prototype of its own. */
function isPlain(value: object): boolean {
  let prototype = Object.getPrototypeOf(value) as object | null;
  while (prototype !== null && !Object.hasOwn(prototype, 'constructor')) prototype = Object.getPrototypeOf(prototype);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
