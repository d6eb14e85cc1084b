// A list of one item for each norm; items are kept from one drawing to the next while their norm is among what is drawn.
import type { NormKind } from '../../examples/digits/nets/norm.ts';

interface Item<T> {
  readonly element: HTMLElement;
  update(value: T): void;
}

export function keyed<T extends { readonly norm: NormKind }>(
  list: HTMLElement,
  make: (norm: NormKind) => Item<T>,
): (values: readonly T[]) => void {
  let items = new Map<NormKind, Item<T>>();
  return (values) => {
    const before = [...items.keys()].join();
    items = new Map(values.map(({ norm }) => [norm, items.get(norm) ?? make(norm)]));
    if ([...items.keys()].join() !== before) {
      list.style.setProperty('--count', String(items.size));
      list.replaceChildren(...[...items.values()].map(({ element }) => element));
    }
    for (const value of values) items.get(value.norm)!.update(value);
  };
}
