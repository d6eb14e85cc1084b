// What each net takes the image on the pad for: its favourite in words, and bars for all ten digits.
import { percent } from '../../../examples/digits/format.ts';
import { CLASSES } from '../../../examples/digits/images.ts';
import type { NormKind } from '../../../examples/digits/nets/norm.ts';
import { h, set, write } from '../dom.ts';
import { keyed } from '../keyed.ts';
import type { Course } from './course.ts';
import { title } from './names.ts';

export function verdicts(): { element: HTMLElement; draw(courses: readonly Course[]): void } {
  const element = h('ul', { class: 'verdicts', 'aria-label': 'What the nets take it for' });
  return { element, draw: keyed(element, verdict) };
}

/** `7, 98 %` */
export function favourite(probabilities: readonly number[]): { digit: number; text: string } {
  const digit = probabilities.reduce((best, value, i) => (value > probabilities[best]! ? i : best), 0);
  return { digit, text: `${digit}, ${percent(probabilities[digit]!, 0)}` };
}

function verdict(norm: NormKind): { element: HTMLElement; update(course: Course): void } {
  const said = h('span', { class: 'said' });
  const bars = Array.from({ length: CLASSES }, (_, digit) => h('li', {}, String(digit)));
  return {
    element: h(
      'li',
      { style: `--of:var(--${norm})`, 'data-norm': norm },
      h('p', {}, h('span', { class: 'named' }, title(norm)), said),
      h('ol', { class: 'bars', 'aria-hidden': true }, ...bars),
    ),
    update({ state: { probabilities, diverged } }) {
      const able = probabilities && !diverged;
      const best = able ? favourite(probabilities) : null;
      write(said, best?.text ?? (diverged ? 'diverged' : ''));
      for (const [digit, bar] of bars.entries()) {
        bar.style.setProperty('--share', able ? probabilities[digit]!.toFixed(3) : '0');
        set(bar, { class: digit === best?.digit ? 'best' : null });
      }
    },
  };
}
