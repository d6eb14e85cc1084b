// The site: what is in its navigation, and how it is built. Its pages are put together by stage.mjs.

import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const pages = new URL('../pages/', import.meta.url);

/** The first heading of a page. */
function titleOf(path: string): string {
  return /^# (.*)$/m.exec(readFileSync(new URL(`${path}.md`, pages), 'utf8'))?.[1]?.replace(/`/g, '') ?? path;
}

const item = (path: string) => ({ text: titleOf(path), link: `/${path}` });

/** Pages of a folder, those named first in their order, then whatever else there is. */
function itemsIn(folder: string, first: readonly string[], leave: readonly string[] = []) {
  const there = readdirSync(new URL(folder, pages))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}${name.slice(0, -3)}`)
    .filter((path) => !leave.includes(path));
  return [...first.filter((path) => there.includes(path)), ...there.filter((path) => !first.includes(path))].map(item);
}

const GUIDES = [
  'memory',
  'training',
  'autograd',
  'from-pytorch',
  'from-tfjs',
  'onnxruntime',
  'workers',
  'react-and-servers',
  'numerics',
];

const sidebar = [
  {
    text: 'Guides',
    items: itemsIn(
      'guides/',
      GUIDES.map((name) => `guides/${name}`),
    ),
  },
  {
    text: 'About',
    items: itemsIn(
      '',
      ['errors', 'support', 'performance', 'accuracy', 'testing', 'architecture', 'contributing', 'changelog'],
      ['index'],
    ),
  },
];

/** As GitHub makes them, so that one link serves both. */
function slugify(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/** Where the site is on its host: a project's pages are not at the root. Begins and ends with a slash. */
const base = process.env.SITE_BASE || '/';

export default defineConfig({
  base,
  title: 'normlayers',
  description: 'Normalization layers for JavaScript, forward and backward: Rust SIMD kernels in WebAssembly',
  srcDir: './pages',
  outDir: './dist',
  cacheDir: './.vitepress/cache',
  cleanUrls: false,
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: `${base}logo.svg`, type: 'image/svg+xml' }]],
  ignoreDeadLinks: [/^\/(kernels|playground)\//],
  markdown: { anchor: { slugify }, theme: { light: 'github-light', dark: 'github-dark' } },
  themeConfig: {
    logo: '/logo.svg',
    search: {
      provider: 'local',
      options: { miniSearch: { searchOptions: { boost: { title: 4, text: 2, titles: 1 }, fuzzy: 0.2, prefix: true } } },
    },
    nav: [
      { text: 'Guides', link: '/guides/memory', activeMatch: '^/guides/' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
      { text: 'Performance', link: '/performance' },
      { text: 'Accuracy', link: '/accuracy' },
      { text: 'Playground', link: '/playground/', target: '_self' },
    ],
    sidebar: {
      '/api/': [
        { text: 'API reference', link: '/api/' },
        ...JSON.parse(readFileSync(new URL('api/typedoc-sidebar.json', pages), 'utf8')),
        { text: 'Kernels (Rust)', link: '/kernels/normlayers/index.html', target: '_self' },
      ],
      '/': sidebar,
    },
    outline: { level: [2, 3] },
    footer: { message: 'MIT license' },
  },
  vite: { build: { chunkSizeWarningLimit: 4096 } },
});
