// Bad calls of what makes runtimes: each is refused by an error of ours, and makes none.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRuntime, loadRuntime, type Runtime } from 'normlayers';
import { runs } from '../support/effort.ts';
import { refusals, refused } from '../support/errors.ts';
import { hostile, type Recipe } from '../support/hostile/values.ts';
import { expectTyped, home, World } from '../support/hostile/world.ts';

const { type, value } = refused;
const { module } = home;
const SMALL = 32 * 65536;

// Memories are few in a process: what needs no module is asked without one.
const OPTIONS = ['module', 'bytes', 'initialMemory', 'maxMemory', 'debug', 'options'] as const;
const recipe = fc.constantFrom(...hostile);
const named = (at: string, { name }: Recipe) => `${at}: ${name}`;

/** Options with one spoiled, or spoiled as a whole. */
function spoiled(at: (typeof OPTIONS)[number], bad: unknown): unknown {
  if (at === 'options') return bad;
  return at === 'bytes' ? { maxMemory: SMALL, bytes: bad } : { module, maxMemory: SMALL, [at]: bad };
}

const spoiling = fc.tuple(fc.constantFrom(...OPTIONS), recipe).map(([at, bad]) => ({
  at,
  bad,
  [fc.toStringMethod]: () => named(at, bad),
}));

let made = 0;

/** Makes a hostile call, which may be good after all. */
async function probe(call: (w: World) => Runtime | Promise<Runtime>, names: readonly string[]): Promise<void> {
  const w = new World();
  const before = w.snapshot();
  try {
    (await call(w)).dispose();
    made++;
  } catch (error) {
    expectTyped(error, w, names);
  } finally {
    w.dispose();
  }
  if (new World().snapshot() !== before) throw new Error('the call has changed something');
}

test('createRuntime refuses by name', async () => {
  const property = fc.asyncProperty(spoiling, ({ at, bad }) =>
    probe((w) => createRuntime(spoiled(at, bad.make(w)) as never), at === 'options' ? [...OPTIONS] : [at, 'module']),
  );
  await fc.assert(property, runs(300, 3000));
  expect(made).toBeGreaterThan(0);
});

const sources: readonly Recipe[] = [
  ...hostile,
  ...Object.entries({
    'a response without anything': { arrayBuffer: async () => 1 },
    'a response without headers': { ok: true, status: 200, arrayBuffer: async () => new ArrayBuffer(8) },
    'a response with odd headers': { ok: true, status: 200, headers: { get: () => 5 }, arrayBuffer: async () => null },
    'a response that says it is wasm': {
      ok: true,
      status: 200,
      headers: { get: () => 'application/wasm' },
      arrayBuffer: async () => new ArrayBuffer(8),
    },
    'a response whose status is a symbol': { ok: false, status: Symbol('s'), arrayBuffer: async () => 1 },
    'an unknown scheme': 'nowhere:module',
    'a file that is not there': 'file:///nowhere/normlayers.wasm',
    'an href that is none': { href: 'no url' },
  }).map(([name, source]) => ({ name, make: () => source, forged: false, genuine: false })),
];

test('loadRuntime refuses by name', async () => {
  const source = fc.constantFrom(...sources);
  const options = fc.option(spoiling, { freq: 3 });
  const property = fc.asyncProperty(source, options, async (from, spoiledOptions) => {
    await probe(
      (w) => {
        const given = spoiledOptions ? spoiled(spoiledOptions.at, spoiledOptions.bad.make(w)) : { maxMemory: SMALL };
        return loadRuntime(from.make(w) as never, given as never);
      },
      ['source', 'bytes', ...OPTIONS],
    );
  });
  await fc.assert(property, runs(300, 3000));
});

describe('what says it is a module', () => {
  // (module (func (export "heap_base") (result i32) i32.const 0)): one export of ours, and no memory.
  const stranger = Uint8Array.of(
    ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 13, 1, 9],
    ...[...'heap_base'].map((c) => c.charCodeAt(0)),
    ...[0, 0, 10, 6, 1, 4, 0, 65, 0, 11],
  );
  refusals(
    () => null,
    [
      [
        'and is none',
        () => createRuntime({ module: Object.defineProperty({}, Symbol.toStringTag, { value: 'WebAssembly.Module' }) }),
        { ...type, text: 'module' },
      ],
      ['a proxy of one', () => createRuntime({ module: new Proxy(module, {}) }), { ...type, text: 'module' }],
      ['and has an export of ours', () => createRuntime({ bytes: stranger }), { ...value, text: 'module' }],
    ],
  );
});
