// Checks of arguments and options of a plain type: a number, a flag, one of some words.

import { describe, typeError, valueError } from './errors.js';

/** Options of some operation, not checked yet. */
export type Options = { readonly [name: string]: unknown };

export function checkNumber(value: unknown, name: string): number {
  if (typeof value === 'number') return value;
  throw typeError(`${name} must be a number, got ${describe(value)}`);
}

/** A boolean option; `absent` is what undefined means. */
export function checkFlag(value: unknown, name: string, absent: boolean): boolean {
  if (value === undefined) return absent;
  if (typeof value === 'boolean') return value;
  throw typeError(`${name} must be a boolean, got ${describe(value)}`);
}

/** Names of options. (A set: a list takes more than twice the time, at every call.) */
export type Keys = ReadonlySet<string>;

const NO_KEYS: Keys = new Set();

/** Refuses a property of `value` that is not `known`, nor one `more`: a misspelt one would be passed over without a word. */
export function checkKeys(value: object, name: string, known: Keys, more: Keys = NO_KEYS): void {
  for (const key in value) {
    if (known.has(key) || more.has(key)) continue;
    throw valueError(`${name} may have ${[...known, ...more].join(', ')}, got the key '${key}'`);
  }
}

/** An option that is one of `words`, or undefined. */
export function checkWord<W extends string>(value: unknown, name: string, words: readonly W[]): W | undefined {
  if (value === undefined || words.includes(value as W)) return value as W | undefined;
  if (typeof value !== 'string') throw typeError(`${name} must be a string, got ${describe(value)}`);
  const quoted = words.map((word) => `'${word}'`);
  throw valueError(`${name} must be ${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}, got ${describe(value)}`);
}
