// Brands tell our own objects from others across realms and across two copies of the package.

/**
 * The layout of the objects' internals. A copy of the package works with another copy's objects while this
 * number agrees, and refuses them when it does not.
 */
export const LAYOUT = 1;

export const TENSOR: unique symbol = Symbol.for('normlayers.tensor') as never;
export const RUNTIME: unique symbol = Symbol.for('normlayers.runtime') as never;
export const SAVED: unique symbol = Symbol.for('normlayers.saved') as never;
/** On whatever a scope can own, tensors and saved states, and on layers: none of them is a bag of options. */
export const OWNED: unique symbol = Symbol.for('normlayers.owned') as never;

/**
 * The layout number behind `brand`, or undefined where the value does not carry it. What is there is a function that
 * looks into the value: proxies of our objects, and objects that inherit from them, have the brand but no internals.
 */
export function layoutOf(value: unknown, brand: symbol): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const mark = (value as Record<symbol, unknown>)[brand];
  return typeof mark === 'function' ? (mark as (value: object) => unknown)(value) : undefined;
}
