// A chart of lines that is drawn anew ten times a second: an SVG with a name at the end of each line, so that nobody
// has to look colours up.
import { h, s, set } from '../dom.ts';
import type { Scale } from './scale.ts';

export interface Line {
  readonly name: string;
  /** A variable of the theme. */
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** The line goes no further: it ends in a cross. */
  readonly ended: boolean;
}

export interface Chart {
  readonly element: HTMLElement;
  draw(lines: readonly Line[], x: Scale, y: Scale): void;
}

export interface ChartOptions {
  readonly title: string;
  /** What is shown, for those who cannot see it. */
  readonly label: string;
  readonly height: number;
  readonly tick: (value: number) => string;
}

const MARGIN = { top: 8, right: 66, bottom: 24, left: 42 };
const LINE = 13;
const CROSS = 4;

export function lineChart({ title, label, height, tick }: ChartOptions): Chart {
  const svg = s('svg', { role: 'img', 'aria-label': label, height, width: '100%' });
  const element = h('figure', { class: 'chart' }, h('figcaption', {}, title), svg);
  let width = 0;
  let last: Parameters<Chart['draw']> | null = null;

  const draw: Chart['draw'] = (...given) => {
    last = given;
    if (width === 0) return;
    const [lines, x, y] = given;
    const left = (value: number) => MARGIN.left + x.at(value) * (width - MARGIN.left - MARGIN.right);
    const top = (value: number) => height - MARGIN.bottom - y.at(value) * (height - MARGIN.top - MARGIN.bottom);
    svg.replaceChildren(
      ...y.ticks.map((value) =>
        s(
          'g',
          {},
          s('line', { class: 'grid', x1: MARGIN.left, x2: width - MARGIN.right, y1: top(value), y2: top(value) }),
          s('text', { x: MARGIN.left - 8, y: top(value) + 4, 'text-anchor': 'end' }, tick(value)),
        ),
      ),
      ...x.ticks.map((value) =>
        s('text', { x: left(value), y: height - 6, 'text-anchor': 'middle' }, value.toLocaleString('en')),
      ),
      s('text', { x: width - MARGIN.right + 24, y: height - 6 }, 'steps'),
      ...lines.map(({ points, colour }) =>
        s('polyline', {
          style: `stroke:var(--${colour})`,
          points: points.map(([px, py]) => `${left(px).toFixed(1)},${top(py).toFixed(1)}`).join(' '),
        }),
      ),
      ...lines.flatMap(({ points, colour, ended }) => {
        const end = points.at(-1);
        if (!end || !ended) return [];
        const [cx, cy] = [left(end[0]), top(end[1])];
        return s('path', {
          style: `stroke:var(--${colour})`,
          d: `M${cx - CROSS} ${cy - CROSS}l${2 * CROSS} ${2 * CROSS}m0 ${-2 * CROSS}l${-2 * CROSS} ${2 * CROSS}`,
        });
      }),
      ...ends(lines, left, top, height).map(({ name, colour, x: at, y: to }) =>
        s('text', { class: 'end', style: `--of:var(--${colour})`, x: at, y: to + 4 }, name),
      ),
    );
  };

  new ResizeObserver(([entry]) => {
    width = Math.round(entry!.contentRect.width);
    set(svg, { viewBox: `0 0 ${width} ${height}` });
    if (last) draw(...last);
  }).observe(element);

  return { element, draw };
}

/** Where the names go: beside the ends of their lines, moved apart where they would cover each other. */
function ends(
  lines: readonly Line[],
  left: (x: number) => number,
  top: (y: number) => number,
  height: number,
): { name: string; colour: string; x: number; y: number }[] {
  const placed = lines
    .flatMap(({ name, colour, points }) => {
      // At its first point a line has no end yet.
      const end = points.length > 1 ? points.at(-1) : undefined;
      return end ? [{ name, colour, x: left(end[0]) + 9, y: top(end[1]) }] : [];
    })
    .sort((a, b) => a.y - b.y);
  const bottom = height - MARGIN.bottom;
  for (let i = 1; i < placed.length; i += 1) placed[i]!.y = Math.max(placed[i]!.y, placed[i - 1]!.y + LINE);
  for (let i = placed.length - 1; i >= 0; i -= 1) {
    placed[i]!.y = Math.min(placed[i]!.y, (placed[i + 1]?.y ?? bottom + LINE) - LINE);
  }
  return placed;
}
