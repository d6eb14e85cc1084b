// What is said when something cannot run here: what helps whoever looks at the page, and the reason in the library's own
// words, which tell whoever serves it what to do.
import { h } from './dom.ts';

const TEXT = {
  unsupported: {
    what: 'normlayers cannot run here.',
    cure: 'Every browser since 2023 has what it needs: update yours. Where WebAssembly is switched off, as by Safari’s lockdown mode and Edge’s strictest security mode, allow it for this page.',
  },
  failed: { what: 'Something went wrong.', cure: 'Reload the page to try again.' },
};

export function notice(kind: keyof typeof TEXT, reason: string): HTMLElement {
  const { what, cure } = TEXT[kind];
  return h(
    'div',
    { class: 'notice', role: 'alert' },
    h('p', {}, h('strong', {}, what), ` ${cure}`),
    h('p', { class: 'remark' }, `The reason: ${reason.replace(/\.$/, '')}.`),
  );
}
