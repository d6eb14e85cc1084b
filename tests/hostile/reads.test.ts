// Every option is read once: a second answer, whatever it is, is asked for by nobody.
import { expect, test } from '@jest/globals';
import { setDefaultRuntime } from 'normlayers';
import { goodCall } from '../support/hostile/surface/entry.ts';
import { surface } from '../support/hostile/surface.ts';
import { home, tidily } from '../support/hostile/world.ts';

setDefaultRuntime(home);

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** `value`, whose properties have another answer the second time; also what is inside. */
function fickle(value: unknown, name: string): unknown {
  if (!isPlain(value)) return value;
  const answered = new Set<string>();
  const given = Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, fickle(inside, key)]));
  return new Proxy(given, {
    get(target, key) {
      if (typeof key === 'symbol') return Reflect.get(target, key);
      if (answered.has(key)) throw new Error(`${name}.${key} is read again`);
      answered.add(key);
      return Reflect.get(target, key);
    },
  });
}

test.each(surface.map((entry) => [entry.name, entry] as const))('%s', (_, { make }) => {
  const expected = tidily((w) => goodCall(make(w), w, w.count()));
  const found = tidily((w) => {
    const { call, args } = make(w);
    return goodCall({ call, args: args.map((value) => fickle(value, 'options')) }, w, w.count());
  });
  expect(found).toBe(expected);
});
