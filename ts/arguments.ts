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

/** An option that is one of `words`, or undefined. */
export function checkWord<W extends string>(value: unknown, name: string, words: readonly W[]): W | undefined {
  if (value === undefined || words.includes(value as W)) return value as W | undefined;
  if (typeof value !== 'string') throw typeError(`${name} must be a string, got ${describe(value)}`);
  const quoted = words.map((word) => `'${word}'`);
  throw valueError(`${name} must be ${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}, got ${describe(value)}`);
}
