// Charts without a browser: Observable Plot draws into a DOM of linkedom's; several plots make one chart of panels.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { figure } from '../format.ts';
import { colour, SANS, THEME } from './theme.ts';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** Below this width a chart stacks its panels and thins its ticks. */
export const NARROW = 480;

export interface Figure {
  /** The name of its SVG file. */
  readonly name: string;
  readonly title: string;
  /** Tells what one sees, with the numbers. */
  readonly caption: string;
  /** Chart as SVG for a width in pixels. */
  draw(width: number): string;
}

export interface Panel {
  /** A line break divides it where panels are narrow. */
  readonly title?: string;
  readonly options: Plot.PlotOptions;
}

export interface Key {
  readonly label: string;
  readonly colour: string;
}

export interface Sheet {
  readonly width: number;
  /** Height of a panel. */
  readonly height: number;
  readonly columns: number;
  readonly panels: readonly Panel[];
  readonly legend?: readonly Key[];
  /** What the chart shows, for those who cannot see it. */
  readonly label: string;
}

const GAP = 18;
const TITLE = 24;
const TITLE_LINE = 15;
const LINE = 22;
const FONT = 12;

export function sheet({ width, height, columns, panels, legend = [], label }: Sheet): string {
  const keys = layOut(legend, width);
  const top = keys.height;
  const panelWidth = (width - GAP * (columns - 1)) / columns;
  const lines = Math.max(0, ...panels.map(({ title }) => title?.split('\n').length ?? 0));
  const titled = lines ? TITLE + (lines - 1) * TITLE_LINE : 0;
  const rowHeight = height + titled;
  const parts = panels.map(({ title, options }, i) => {
    const x = (i % columns) * (panelWidth + GAP);
    const y = top + Math.floor(i / columns) * (rowHeight + GAP / 2);
    const heading = (title?.split('\n') ?? []).map(
      (line, l) => `<text x="${x}" y="${y + 15 + l * TITLE_LINE}" font-weight="600">${escapeHtml(line)}</text>`,
    );
    return `${heading.join('')}${nested(options, x, y + titled, panelWidth, height)}`;
  });
  const rows = Math.ceil(panels.length / columns);
  const total = top + rows * rowHeight + (rows - 1) * (GAP / 2);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" width="${width}" height="${total}" role="img" aria-label="${escapeHtml(label)}" font-family='${SANS}' font-size="${FONT}" fill="currentColor">${keys.svg}${parts.join('')}</svg>`;
}

function nested(options: Plot.PlotOptions, x: number, y: number, width: number, height: number): string {
  const svg = Plot.plot({
    marginTop: 12,
    marginRight: 8,
    marginLeft: 44,
    marginBottom: 38,
    ...options,
    document,
    width,
    height,
  });
  svg.setAttribute('x', String(x));
  svg.setAttribute('y', String(y));
  for (const name of ['font-family', 'font-size', 'class']) svg.removeAttribute(name);
  svg.querySelector('style')?.remove();
  // Coordinates to a tenth of a pixel: half the bytes.
  return svg.outerHTML.replace(/(?<==")[^"]*(?=")/g, (value) =>
    value.replace(/\d+\.\d{2,}/g, (n) => String(Number(Number(n).toFixed(1)))),
  );
}

/** A row of coloured keys that wraps; the width of a text is estimated, there being no font to ask. */
function layOut(keys: readonly Key[], width: number): { svg: string; height: number } {
  let x = 0;
  let y = 0;
  const svg = keys.map(({ label, colour: fill }) => {
    const advance = 16 + label.length * FONT * 0.56 + 14;
    if (x > 0 && x + advance > width) {
      x = 0;
      y += LINE;
    }
    const key = `<circle cx="${x + 5}" cy="${y + 9}" r="5" style="fill:${fill}"/><text x="${x + 16}" y="${y + 13}">${escapeHtml(label)}</text>`;
    x += advance;
    return key;
  });
  return { svg: svg.join(''), height: keys.length ? y + LINE + 8 : 0 };
}

const MARGIN = 16;

/** A chart as a file of its own: with its title and colours, on its own paper. */
export function standalone(title: string, svg: string): string {
  const style = `<style>${THEME}svg:root{color:var(--ink);background:var(--paper)}</style>`;
  const heading = `<text x="0" y="${-MARGIN}" font-size="15" font-weight="700">${escapeHtml(title)}</text>`;
  return svg.replace(/viewBox="0 0 (\S+) (\S+)" width="\S+" height="\S+"([^>]*)>/, (_, width, height, rest) => {
    const box = [-MARGIN, -3 * MARGIN, Number(width) + 2 * MARGIN, Number(height) + 4 * MARGIN];
    return `viewBox="${box.join(' ')}" width="${box[2]}" height="${box[3]}"${rest}>${style}${heading}`;
  });
}

export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

export const grid = { stroke: colour('rule'), strokeOpacity: 1 };

/** Ticks for a logarithmic scale over the values: powers of ten, or 1, 2 and 5 where few of them fit. */
export function logTicks(values: readonly number[]): number[] {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const from = Math.floor(Math.log10(least));
  const decades = Array.from({ length: Math.ceil(Math.log10(greatest)) - from + 1 }, (_, i) => from + i);
  const within = (steps: readonly number[]) =>
    decades
      .flatMap((power) => steps.map((step) => Number(`${step}e${power}`)))
      .filter((tick) => tick >= least && tick <= greatest);
  const tens = within([1]);
  const every = Math.ceil(tens.length / 5);
  return tens.length < 3 ? within([1, 2, 5]) : tens.filter((_, i) => i % every === 0);
}

/** A logarithmic axis without clutter. */
export const logAxis = (values: readonly number[]) => ({
  type: 'log' as const,
  label: null,
  ticks: logTicks(values),
  tickFormat: (value: number) => figure(value, 2),
});
