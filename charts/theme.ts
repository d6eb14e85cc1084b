// Colours as CSS variables, light and dark, for a page and for each chart that stands alone.

const LIGHT = {
  paper: '#fdfcfa',
  panel: '#f5f3ee',
  ink: '#1f2126',
  muted: '#676b73',
  rule: '#dedbd3',
  none: '#80858e',
  batch: '#1f62c4',
  layer: '#c96a09',
  instance: '#1a8557',
  group: '#8440bd',
  rms: '#bf3060',
  good: '#1a7f4b',
  open: '#a15c00',
};

const DARK: typeof LIGHT = {
  paper: '#14161a',
  panel: '#1c1f25',
  ink: '#e9e7e2',
  muted: '#9a9fa8',
  rule: '#33373f',
  none: '#a0a6b0',
  batch: '#74acff',
  layer: '#ffab57',
  instance: '#55cf95',
  group: '#c695ff',
  rms: '#ff87a8',
  good: '#5fd39a',
  open: '#f0b35a',
};

export const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif';

export const SERIF =
  'Charter, "Bitstream Charter", "Iowan Old Style", "Source Serif 4", Cambria, Georgia, "Noto Serif", serif';

const variables = (colours: typeof LIGHT) =>
  Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');

export const THEME = `:root{color-scheme:light dark;${variables(LIGHT)}}@media(prefers-color-scheme:dark){:root{${variables(DARK)}}}`;

export const colour = (name: keyof typeof LIGHT) => `var(--${name})`;
