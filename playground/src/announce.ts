// What a screen reader is told: the end of what somebody began, in a sentence, and only the last of several at once.
import { h } from './dom.ts';

const QUIET = 700;

const region = h('div', { class: 'unseen', role: 'status' });
let pending = 0;

export function listen(): void {
  document.body.append(region);
}

export function announce(sentence: string): void {
  clearTimeout(pending);
  pending = window.setTimeout(() => {
    region.textContent = sentence;
  }, QUIET);
}
