// Renders a component of a guide as a page in development does: by React itself, in strict mode, which runs effects, cleans
// them up and runs them again to find those that cannot; here in a document that is no browser's.

import { parseHTML } from 'linkedom';

const { window, document } = parseHTML('<!doctype html><html><body></body></html>');
// React looks at the address to tell whether its developer tools could be there.
window.location = { protocol: 'http:' };
for (const [name, value] of Object.entries({ window, document, navigator: window.navigator })) {
  Object.defineProperty(globalThis, name, { value, configurable: true });
}
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

const { act, createElement, StrictMode } = await import('react');
const { createRoot } = await import('react-dom/client');

/** Resolves when all effects have run; what one throws is thrown. */
export async function render(element) {
  const place = document.createElement('div');
  document.body.append(place);
  const root = createRoot(place);
  await act(async () => root.render(createElement(StrictMode, null, element)));
  return {
    html: () => place.innerHTML,
    unmount: () => act(async () => root.unmount()),
  };
}
