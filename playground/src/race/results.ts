// The results of the race: for each case two bars, the slower one as long as the page allows.
import { caseName, nanoseconds, times, units } from '../../../bench/report/figures.mjs';
import type { Shown } from '../../../bench/rounds.mjs';
import { h } from '../dom.ts';
import type { Result } from './race.ts';

const SIDES = { ours: 'normlayers', theirs: 'JavaScript' } as const;

export function board(): { element: HTMLElement; show(result: Result): void } {
  const list = h('ol', { class: 'results', 'aria-label': 'Results' });
  const known = new Map<string, HTMLElement>();
  return {
    element: list,
    /** A case that is raced again keeps its place. */
    show(result) {
      const name = caseName(result.spec);
      const item = row(name, result);
      const before = known.get(name);
      if (before) before.replaceWith(item);
      else list.append(item);
      known.set(name, item);
    },
  };
}

function row(name: string, { ours, theirs }: Result): HTMLElement {
  const longest = Math.max(ours.nanoseconds ?? 0, theirs.nanoseconds ?? 0);
  return h(
    'li',
    {},
    h('h3', {}, name),
    h('p', { class: 'ratio' }, verdict(ours, theirs)),
    h('dl', {}, ...side('ours', ours, longest), ...side('theirs', theirs, longest)),
  );
}

function verdict({ nanoseconds: ours }: Shown, { nanoseconds: theirs }: Shown): string {
  if (!ours || !theirs) return 'not compared';
  return ours <= theirs ? `${times(theirs / ours)} times as fast` : `${times(ours / theirs)} times as slow`;
}

function side(of: keyof typeof SIDES, result: Shown, longest: number): HTMLElement[] {
  const term = h('dt', {}, SIDES[of]);
  const { nanoseconds: time, spread = 0, error = 0 } = result;
  if (time === undefined) return [term, h('dd', {}, why(result))];
  return [
    term,
    h(
      'dd',
      {},
      h('span', { class: `bar ${of}`, style: `--share:${(time / longest).toFixed(3)}`, 'aria-hidden': true }),
      h('span', { class: 'time' }, `${nanoseconds(time)} ns`),
      h('span', { class: 'remark' }, `± ${(100 * spread).toFixed(0)} %, error ${units(error)} ulp`),
    ),
  ];
}

function why({ status, reason }: Shown): string {
  if (status === 'wrong') return 'its results were wrong: no time is shown';
  return status === 'failed' ? `could not run: ${reason}` : 'does not have this operation';
}
