// Bad calls over the whole public surface: each throws an error of ours that names what is wrong, or the caller's own,
// and leaves everything as it was.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { setDefaultRuntime } from 'normlayers';
import { hold } from '../support/effort.ts';
import { type Entry, GENUINE, goodCall, type Trial } from '../support/hostile/surface/entry.ts';
import { surface } from '../support/hostile/surface.ts';
import { hostile, type Recipe } from '../support/hostile/values.ts';
import { expectTyped, home, tidily } from '../support/hostile/world.ts';

setDefaultRuntime(home);

interface Spoiling {
  /** The name of an argument, or of an option. */
  readonly at: string;
  readonly recipe: Recipe;
}

interface BadCall {
  readonly entry: Entry;
  readonly spoilings: readonly Spoiling[];
}

const badCall: fc.Arbitrary<BadCall> = fc.constantFrom(...surface).chain((entry) => {
  const at = fc.constantFrom(...entry.parameters, ...entry.options);
  const spoiling = fc.record({ at, recipe: fc.constantFrom(...hostile) });
  return fc.array(spoiling, { minLength: 1, maxLength: 2 }).map((spoilings) => ({
    entry,
    spoilings,
    [fc.toStringMethod]: () => `${entry.name}, ${spoilings.map((s) => `${s.at}: ${s.recipe.name}`).join(', ')}`,
  }));
});

/** Puts a hostile value where `at` says. */
function spoil({ args }: Trial, entry: Entry, at: string, value: unknown): void {
  const position = entry.parameters.indexOf(at);
  if (position >= 0) {
    args[position] = value;
    return;
  }
  const path = at.split('.');
  let inside = args[entry.parameters.indexOf('options')] as Record<string, unknown>;
  for (const key of path.slice(0, -1)) {
    const next = { ...(inside[key] as object | undefined) };
    inside[key] = next;
    inside = next;
  }
  inside[path.at(-1) as string] = value;
}

/** Results and state of good calls, by the name of what was called. */
const expected = new Map<string, string>();

function goodIn(entry: Entry): string {
  const known = expected.get(entry.name);
  if (known !== undefined) return known;
  const found = tidily((w) => {
    const trial = entry.make(w);
    return goodCall(trial, w, w.count());
  });
  expected.set(entry.name, found);
  return found;
}

/** What holds what may be wrong by itself. */
const HOLDS_OTHERS = new Set(['options', 'dict', 'out', 'needs', 'accumulate']);

let refused = 0;

function probe({ entry, spoilings }: BadCall): void {
  const good = goodIn(entry);
  tidily((w) => {
    const trial = entry.make(w);
    const own = w.count();
    const bad: Trial = { call: trial.call, args: trial.args.slice() };
    const last = bad.args.length - 1;
    if (entry.parameters[last] === 'options') bad.args[last] = { ...(bad.args[last] as object) };
    // What is inside options must still be there when they are replaced as a whole: so that comes last.
    const order = [...spoilings].sort((a, b) => b.at.length - a.at.length);
    const wholes = order.filter(({ at }) => entry.parameters.includes(at));
    const made = order.filter(({ at }) => !entry.parameters.includes(at)).concat(wholes);
    const forged: string[] = [];
    const touched: string[] = [];
    for (const { at, recipe } of made) {
      spoil(bad, entry, at, recipe.make(w));
      if (recipe.forged && GENUINE.has(at) && made.length === 1) forged.push(at);
      touched.push(...at.split('.'));
    }
    // A genuine tensor in the wrong place may be found wrong beside any other argument.
    const alone = spoilings.every(({ at, recipe }) => !recipe.genuine && !HOLDS_OTHERS.has(at));
    const names = alone ? touched : [...touched, ...entry.parameters, ...entry.options, 'state_dict', 'weight', 'bias'];
    const before = w.snapshot();
    try {
      bad.call(...bad.args);
    } catch (error) {
      refused++;
      expectTyped(error, w, [...names, 'input', 'state_dict', entry.alias ?? 'options']);
      const after = w.snapshot();
      if (after !== before) throw new Error(`a refused call has changed something:\n${before}\n→\n${after}`);
      const again = goodCall(trial, w, own);
      if (again !== good) throw new Error(`the next good call differs:\n${again}\n→ expected\n${good}`);
      return;
    }
    if (forged.length > 0) throw new Error(`a forgery was taken for ${forged.join()}`);
  });
}

test('every bad call is refused by name, and changes nothing', () => {
  const runs = hold(fc.property(badCall, probe), 4000, 60_000);
  expect(refused).toBeGreaterThan(runs / 2);
});
