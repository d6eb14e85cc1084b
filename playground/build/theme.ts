// The colours and the type of the report and the charts, in the head of the page, so that nothing is drawn without them.
import type { Plugin } from 'vite';
import { SANS, SERIF, THEME } from '../../charts/theme.ts';

export const theme = (): Plugin => ({
  name: 'theme',
  transformIndexHtml: () => [
    { tag: 'style', injectTo: 'head-prepend', children: `${THEME}:root{--sans:${SANS};--serif:${SERIF}}` },
  ],
});
