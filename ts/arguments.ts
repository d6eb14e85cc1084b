// Checks of arguments and options of a plain type: a number, a flag, one of some words.

import { OWNED, SAVED, TENSOR } from './brand.js';
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

/** Names of options, or of what else is given by name. (A set would be made in every bundle, used or not.) */
export type OptionNames = { readonly [name: string]: 1 };

/** The names of the options `O`, each of them and no other. */
export type NamesOf<O> = { readonly [K in keyof O]-?: 1 };

const NO_NAMES: OptionNames = {};
const NO_OPTIONS = Object.freeze({});

/**
 * Options as an object: reading any of them gives undefined where none were given. They may have the names `known`, and
 * some `more`.
 */
export function checkOptions<T extends object>(
  options: T | null | undefined,
  known: OptionNames,
  more?: OptionNames,
): T {
  if (options === undefined || options === null) return NO_OPTIONS as T;
  checkNames(options, 'options', known, more);
  return options;
}

/**
 * Checks an object of named values: that it is one, and has no other names than those `known` and some `more`. A misspelt
 * one would be passed over without a word.
 */
export function checkNames(value: object, name: string, known: OptionNames, more = NO_NAMES): void {
  // A tensor, a layer, and what has a tag, such as a Map or a module: whatever is asked for would be absent.
  if (typeof value !== 'object' || Array.isArray(value) || OWNED in value || Symbol.toStringTag in value) {
    let cure = '';
    if (known.saved && SAVED in Object(value)) cure = ': pass { saved }';
    if (known.weight && TENSOR in Object(value)) cure = ': pass { weight }';
    throw typeError(`${name} must be an object with any of ${list(known, more)}, got ${describe(value)}${cure}`);
  }
  for (const key in value) {
    // What a page has added to all objects is nobody's option.
    if (known[key] === 1 || more[key] === 1 || (key in Object.prototype && !Object.hasOwn(value, key))) continue;
    throw valueError(`${name} may only have ${list(known, more)}, got the key ${describe(key)}`);
  }
}

function list(known: OptionNames, more: OptionNames): string {
  return Object.keys({ ...known, ...more }).join(', ');
}

/** An option that is one of `words`, or undefined. */
export function checkWord<W extends string>(value: unknown, name: string, words: readonly W[]): W | undefined {
  if (value === undefined || words.includes(value as W)) return value as W | undefined;
  if (typeof value !== 'string') throw typeError(`${name} must be a string, got ${describe(value)}`);
  const quoted = words.map((word) => `'${word}'`);
  throw valueError(`${name} must be ${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}, got ${describe(value)}`);
}
