// State dictionaries: a layer's tensors under the keys of its preset, out and in again.

import { OWNED } from '../brand.js';
import { describe, shapeError, typeError, valueError } from '../errors.js';
import { formatShape, sameShape, sizeOf } from '../tensor/shape.js';
import { lengthOf, readValues, typeOf } from '../tensor/values.js';
import type { LayerTensor } from './parameter.js';
import type { BigInt64ArrayLike, JsonStateDict, LoadResult, StateDict } from './types.js';

type Slot = 'weight' | 'bias' | 'runningMean' | 'runningVar';

/** One key of the dictionary, and what it stands for. */
export interface StateEntry {
  readonly slot: Slot | 'counter';
  readonly key: string;
  readonly shape: readonly number[];
  /** May be missing: what it stands for then stays as it is. */
  readonly optional?: boolean;
}

type Tensors = Readonly<Record<Slot, LayerTensor | null>>;

export function readState(
  entries: readonly StateEntry[],
  tensors: Tensors,
  counter: number,
  prefix: string,
  json: boolean,
): StateDict | JsonStateDict {
  const dict: Record<string, unknown> = {};
  for (const { slot, key } of entries) {
    const name = prefix + key;
    if (slot === 'counter') {
      dict[name] = json ? counter : BigInt64Array.of(BigInt(counter));
    } else {
      const tensor = tensors[slot] as LayerTensor;
      dict[name] = json ? tensor.toArray() : tensor.toTypedArray();
    }
  }
  return dict as StateDict | JsonStateDict;
}

/** A dictionary that was checked. */
interface Loaded {
  readonly result: LoadResult;
  /** Writes it to the layer's tensors, and gives the counter where there was one. */
  write(tensors: () => Tensors): number | null;
}

/** Checks all of `dict` before anything is written: every key, value and length. */
export function loadState(entries: readonly StateEntry[], dict: unknown, prefix: string, strict: boolean): Loaded {
  if (typeof dict !== 'object' || dict === null || OWNED in dict || isTagged(dict)) {
    const given = describe(dict);
    const cure = given === 'a Map' ? ': pass Object.fromEntries(map)' : '';
    throw typeError(`dict must be a plain object, as stateDict() returns one, got ${given}${cure}`);
  }
  const missing: string[] = [];
  const sources: (readonly [Slot, Float32Array])[] = [];
  let counter: number | null = null;
  for (const { slot, key, shape, optional } of entries) {
    if (!Object.hasOwn(dict, prefix + key)) {
      if (!optional) missing.push(key);
      continue;
    }
    const value = (dict as Record<string, unknown>)[prefix + key];
    if (slot === 'counter') counter = readCounter(value, prefix + key);
    else sources.push([slot, readEntry(value, prefix + key, shape)]);
  }
  const known = new Set(entries.map(({ key }) => prefix + key));
  const unexpected = Object.keys(dict)
    .filter((key) => key.startsWith(prefix) && !known.has(key))
    .map((key) => key.slice(prefix.length));
  if (strict && missing.length + unexpected.length > 0) {
    const cure = missing.length === 0 ? '' : prefixCure(entries, Object.keys(dict), prefix);
    throw valueError(
      `${listKeys('Missing', missing, prefix)}${listKeys('Unexpected', unexpected, prefix)}${cure}`.trimEnd(),
    );
  }
  return {
    result: { missing, unexpected },
    write(tensors) {
      if (sources.length === 0) return counter;
      const targets = tensors();
      for (const [slot, values] of sources) {
        const target = targets[slot] as LayerTensor;
        target.data.set(values);
        target.noteWrite();
      }
      return counter;
    },
  };
}

/** What has a tag, such as a Map or a promise, has no such keys; a module has, where a file of weights is one. */
function isTagged(dict: { readonly [Symbol.toStringTag]?: unknown }): boolean {
  return Symbol.toStringTag in dict && dict[Symbol.toStringTag] !== 'Module';
}

/** PyTorch's words; keys as they are in the dictionary. */
function listKeys(what: string, keys: readonly string[], prefix: string): string {
  return keys.length === 0
    ? ''
    : `${what} key(s) in state_dict: ${keys.map((key) => `"${prefix}${key}"`).join(', ')}. `;
}

/** What to do about keys under another prefix: the one given and a dot, or the one that all have. */
function prefixCure(entries: readonly StateEntry[], keys: readonly string[], prefix: string): string {
  for (const name of keys) {
    for (const { key } of entries) {
      const found = name.slice(0, -key.length);
      if (found === '' || name !== found + key) continue;
      if (prefix === '' ? keys.every((other) => other.startsWith(found)) : found === `${prefix}.`) {
        return `Keys begin with '${found}': pass { prefix: '${found}' }.`;
      }
    }
  }
  return '';
}

/**
 * A copy of the values: they may be tensors of the very layer, and reading the next entry may run a caller's code,
 * which can write, free or detach them.
 */
function readEntry(value: unknown, name: string, shape: readonly number[]): Float32Array {
  const source = readValues(typeof value === 'number' ? [value] : value, name);
  // A number stands for a tensor of one element, and a typed array for one of any shape.
  const known = typeof value === 'number' ? null : source.shape;
  if (source.size === sizeOf(shape) && (known === null || sameShape(known, shape)))
    return new Float32Array(source.data as ArrayLike<number>);
  throw shapeError(
    `size mismatch for ${name}: copying a param with shape ${formatShape(known ?? [source.size])} from checkpoint, ` +
      `the shape in current model is ${formatShape(shape)}.`,
  );
}

/** The counter as frameworks keep it: a number, a bigint, or an array of one of them. */
function readCounter(value: unknown, name: string): number {
  const count = Number(unwrapCounter(value, name));
  if (!Number.isSafeInteger(count) || count < 0) throw valueError(`${name} must be an integer ≥ 0, got ${count}`);
  return count;
}

function unwrapCounter(value: unknown, name: string): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  const inner = typeof value === 'object' && value !== null && 'data' in value ? value.data : value;
  if (typeOf(inner) === 'BigInt64Array') {
    const count = lengthOf(inner);
    if (count === 1) return (inner as BigInt64ArrayLike)[0] as bigint;
    throw shapeError(`${name} expected one element, got ${count}`);
  }
  const { data, size } = readValues(inner === value ? value : inner, name);
  if (size === 1) return data[0] as number;
  throw shapeError(`${name} expected one element, got ${size}`);
}
