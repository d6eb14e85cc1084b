// What enters the activations of each net, layer by layer, as histograms side by side.
import { figure } from '../../../examples/digits/format.ts';
import type { NormKind } from '../../../examples/digits/nets/norm.ts';
import { h, s, set, write } from '../dom.ts';
import { keyed } from '../keyed.ts';
import type { Course } from './course.ts';
import { title } from './names.ts';
import { BINS, type NetKind, RANGE } from './protocol.ts';

/** A bin that holds more than this share reaches the top. */
const TOP = 0.14;

/** Beyond it the derivative of tanh is below a tenth. */
const SATURATED = Math.atanh(0.95);

const TEXT: Record<'relu' | 'tanh', string> = {
  relu: `Shares of the values from −${RANGE} to ${RANGE}; what lies beyond is in the outermost bars. ReLU cuts off what is left of the line.`,
  tanh: `Shares of the values from −${RANGE} to ${RANGE}; what lies beyond is in the outermost bars. In the grey zones tanh is flat: almost no gradient comes through.`,
};

export function insides(): { element: HTMLElement; draw(courses: readonly Course[], net: NetKind): void } {
  const list = h('ul', { class: 'nets insides', 'aria-label': 'What enters the activations of each net' });
  const caption = h('p', { class: 'caption' });
  const element = h(
    'section',
    { 'aria-labelledby': 'insides' },
    h('h2', { id: 'insides' }, 'What enters each activation'),
    list,
    caption,
  );
  const draw = keyed(list, column);
  return {
    element,
    draw(courses, net) {
      const kind = net === 'convolutions' ? 'relu' : 'tanh';
      write(caption, `${TEXT[kind]} The number is the norm of the gradient by what comes out.`);
      set(list, { 'data-activation': kind });
      draw(courses);
    },
  };
}

function column(norm: NormKind): { element: HTMLElement; update(course: Course): void } {
  const layers = h('ol', {});
  let rows: ReturnType<typeof row>[] = [];
  return {
    element: h('li', { style: `--of:var(--${norm})` }, h('h3', { class: 'named' }, title(norm)), layers),
    update({ state }) {
      if (rows.length !== state.layers.length) {
        rows = state.layers.map((_, i) => row(i + 1));
        layers.replaceChildren(...rows.map(({ element }) => element));
      }
      for (const [i, { histogram, gradient }] of state.layers.entries()) {
        rows[i]!.update(histogram, state.diverged ? null : gradient);
      }
    },
  };
}

function row(layer: number) {
  const bars = s('path');
  const number = h('span', { class: 'gradient' });
  const zone = (from: number, to: number) =>
    s('rect', { class: 'flat', x: bin(from), width: bin(to) - bin(from), height: 1 });
  const element = h(
    'li',
    {},
    h('span', { class: 'unseen' }, `Layer ${layer}, gradient `),
    s(
      'svg',
      { viewBox: `0 0 ${BINS} 1`, preserveAspectRatio: 'none', 'aria-hidden': true },
      zone(-RANGE, -SATURATED),
      zone(SATURATED, RANGE),
      bars,
      s('line', { class: 'zero', x1: BINS / 2, x2: BINS / 2, y1: 0, y2: 1 }),
    ),
    number,
  );
  return {
    element,
    update(histogram: readonly number[], gradient: number | null) {
      const heights = histogram.map((share) => Math.min(1, share / TOP).toFixed(3));
      set(bars, { d: heights.map((height, i) => `M${i + 0.08} 1v${-height}h.84V1z`).join('') });
      write(number, gradient === null ? '–' : figure(gradient, 2));
    },
  };
}

const bin = (value: number) => ((value + RANGE) / (2 * RANGE)) * BINS;
