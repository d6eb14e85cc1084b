// A card for each net: who it is, and how well it does.
import { figure, percent } from '../../../examples/digits/format.ts';
import type { NormKind } from '../../../examples/digits/nets/norm.ts';
import { h, write } from '../dom.ts';
import { keyed } from '../keyed.ts';
import type { Course } from './course.ts';
import { title } from './names.ts';

export function scores(): { element: HTMLElement; draw(courses: readonly Course[]): void } {
  const element = h('ul', { class: 'nets scores', 'aria-label': 'The nets, and their accuracy on held-out digits' });
  return { element, draw: keyed(element, card) };
}

function card(norm: NormKind): { element: HTMLElement; update(course: Course): void } {
  const accuracy = h('p', { class: 'figure' });
  const remark = h('p', { class: 'remark' });
  return {
    element: h('li', { style: `--of:var(--${norm})` }, h('h3', { class: 'named' }, title(norm)), accuracy, remark),
    update({ state, loss }) {
      write(accuracy, state.accuracy ? percent(state.accuracy.share) : '–');
      const lost = loss === null ? 'untrained' : `loss ${figure(loss, 2)}`;
      write(remark, `step ${state.step.toLocaleString('en')} · ${state.diverged ? 'diverged' : lost}`);
    },
  };
}
