// Elements in one expression: enough of a framework for a page that is built once and then only updated.

type Attributes = Readonly<Record<string, string | number | boolean | null>>;
type Child = Node | string | null;

export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(name), attributes, children);
}

export function s<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  set(element, attributes);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** True sets an attribute without a value; false and null take it away. */
export function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** Writes only what is new, so that nothing is laid out again without need. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
