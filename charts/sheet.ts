// Charts without a browser: Observable Plot draws into a DOM of linkedom's; several plots make one sheet of panels.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { SANS, THEME } from './theme.ts';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

export interface Panel {
  /** A line break divides it where panels are narrow. */
  readonly title?: string;
  readonly options: Plot.PlotOptions;
}

export interface Key {
  readonly label: string;
  readonly colour: string;
  /** A ring, where a dot is a ring. */
  readonly hollow?: boolean;
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
  const svg = keys.map(({ label, colour, hollow }) => {
    const advance = 16 + label.length * FONT * 0.56 + 14;
    if (x > 0 && x + advance > width) {
      x = 0;
      y += LINE;
    }
    const look = hollow ? `fill:none;stroke:${colour};stroke-width:1.5` : `fill:${colour}`;
    const key = `<circle cx="${x + 5}" cy="${y + 9}" r="${hollow ? 4.25 : 5}" style="${look}"/><text x="${x + 16}" y="${y + 13}">${escapeHtml(label)}</text>`;
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
