// What is said when something cannot run here: the reason in the library's own words, and the cure.
import { h } from './dom.ts';

export function notice(kind: 'unsupported' | 'failed', reason: string): HTMLElement {
  const cure =
    kind === 'unsupported'
      ? 'Every browser since 2023 has what is needed: update yours. Some switch WebAssembly off, as Safari does in lockdown mode and Edge in its strictest security mode: allow it for this page. Whoever serves this page under a Content Security Policy adds ‘wasm-unsafe-eval’ to its script-src.'
      : 'Reload the page to try again.';
  return h(
    'div',
    { class: 'notice', role: 'alert' },
    h('strong', {}, kind === 'unsupported' ? 'normlayers cannot run here. ' : 'Something went wrong. '),
    h('span', {}, `${reason} `),
    h('span', {}, cure),
  );
}
