// Puts the site's pages together in pages/, out of what is written once elsewhere: docs/, the papers at the root, and the
// home page. Nothing in pages/ is kept in git.
//
// What becomes of a document: hidden comments go, since they are for the tests; examples that a paragraph announces as bad
// or good get that colour; charts are made twice, light and dark; links to documents become links to pages, and links to
// other files of the repository become links to pages that show them.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = fileURLToPath(new URL('pages', import.meta.url));

/** Documents at the root, and where they go. */
const PAPERS = {
  'ARCHITECTURE.md': 'architecture.md',
  'CONTRIBUTING.md': 'contributing.md',
  'CHANGELOG.md': 'changelog.md',
};

const documents = () => [
  ...Object.keys(PAPERS),
  ...readdirSync(join(root, 'docs'), { recursive: true })
    .filter((path) => path.endsWith('.md'))
    .map((path) => posix.join('docs', path)),
];

/** The page of a file of the repository. */
function pageOf(path) {
  if (path === 'README.md') return 'index.md';
  if (PAPERS[path]) return PAPERS[path];
  if (path.startsWith('docs/') && path.endsWith('.md')) return path.slice('docs/'.length);
  return posix.join('source', `${path.replace(/\/$/, '').replace(/^\./, 'dot-')}.md`);
}

function write(path, text) {
  const file = join(pages, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const LANGUAGES = {
  '.mjs': 'js',
  '.ts': 'ts',
  '.rs': 'rust',
  '.json': 'json',
  '.md': 'md',
  '.toml': 'toml',
  '': 'text',
};

/** A page that shows a file, or what is in a folder. */
function showSource(path) {
  const full = join(root, path);
  const title = `# ${path}\n\n`;
  if (statSync(full).isDirectory()) {
    const names = readdirSync(full).filter((name) => !name.startsWith('.'));
    return `${title}${names.map((name) => `- \`${posix.join(path, name)}\``).join('\n')}\n`;
  }
  const text = readFileSync(full, 'utf8');
  return `${title}\`\`\`\`${LANGUAGES[extname(path)] ?? 'text'}\n${text}\n\`\`\`\`\n`;
}

/** The same chart for light and for dark pages: by itself it follows the system, not the switch of the site. */
function writeChart(from, to) {
  const svg = readFileSync(from, 'utf8');
  const [, dark] = /@media\(prefers-color-scheme:dark\)\{:root\{([^}]*)\}\}/.exec(svg) ?? [];
  if (dark === undefined) throw new Error(`${from} has no dark colours`);
  const plain = svg
    .replace(/@media\(prefers-color-scheme:dark\)\{:root\{[^}]*\}\}/, '')
    .replace('color-scheme:light dark;', '');
  const clear = (text) => text.replace(/background:var\(--paper\)/, 'background:none');
  write(to.replace(/\.svg$/, '.light.svg'), clear(plain));
  write(to.replace(/\.svg$/, '.dark.svg'), clear(plain.replace('</style>', `:root{${dark}}</style>`)));
}

function chart(alt, target) {
  const image = (theme) =>
    `<img class="${theme}-only" src="${target.replace(/\.svg$/, `.${theme}.svg`)}" alt="${alt}" />`;
  // Only what an image shows is moved to where the site is.
  const href = `${(process.env.SITE_BASE || '/').slice(0, -1)}${target.replace(/\.svg$/, '.light.svg')}`;
  return `<a class="chart" href="${href}" target="_self">${image('light')}${image('dark')}</a>`;
}

/** Markdown of the repository to Markdown of the site. `shown` collects the files that are linked to. */
export function convert(document, text, shown) {
  const page = pageOf(document);
  const link = (target) => {
    if (/^(https?:|mailto:|#)/.test(target)) return target;
    const [path, anchor] = target.split('#');
    const file = posix.normalize(posix.join(posix.dirname(document), path)).replace(/\/$/, '');
    if (!documents().includes(file) && file !== 'README.md') shown.add(file);
    const to = posix.relative(posix.dirname(page), pageOf(file));
    return `${to.startsWith('.') ? to : `./${to}`}${anchor === undefined ? '' : `#${anchor}`}`;
  };
  return text
    .replace(/(^```[^\n]*\n[\s\S]*?^```[ \t]*$)|<!--[\s\S]*?-->\n*/gm, (_, block) => block ?? '')
    .replace(/^((?:Bad|Worse|Good)\b[^\n]*(?:\n[^\n]+)*\n\n)(```[\s\S]*?^```)$/gm, (_, words, block) => {
      const kind = words.startsWith('Good') ? 'good' : 'bad';
      return `${words}<div class="${kind}">\n\n${block}\n\n</div>`;
    })
    .replace(
      /(^```[^\n]*\n[\s\S]*?^```[ \t]*$)|(`[^`\n]+`)|!\[([^\]]*)\]\(([^)\s]+\.svg)\)|\]\(([^)\s]+)\)/gm,
      (whole, block, code, alt, image, target) => {
        if (block !== undefined || code !== undefined) return whole;
        if (image === undefined) return `](${link(target)})`;
        const file = posix.normalize(posix.join(posix.dirname(document), image));
        const to = posix.join('public', 'charts', posix.basename(file));
        writeChart(join(root, file), to);
        return chart(alt, `/charts/${posix.basename(file)}`);
      },
    );
}

/** The figures of the home page, from the documents that the benchmark writes. */
function figures() {
  const text = readFileSync(join(root, 'docs/performance.md'), 'utf8');
  const [, machine] = /<!-- machine -->\s*([^\n]*)/.exec(text);
  const rows = [...text.matchAll(/^\| (Node [\d.]+) \| ([^|]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| (\d+) \|$/gm)];
  if (rows.length === 0) throw new Error('docs/performance.md has no summary');
  return {
    machine,
    peers: rows.map(([, , subject, mean, least, most, cases]) => ({
      subject,
      mean: Number(mean),
      least: Number(least),
      most: Number(most),
      cases: Number(cases),
    })),
  };
}

/** What the README shows first. */
function firstExample() {
  return /^```ts\n[\s\S]*?^```$/m.exec(readFileSync(join(root, 'README.md'), 'utf8'))[0];
}

export function stage() {
  rmSync(pages, { recursive: true, force: true });
  mkdirSync(pages, { recursive: true });
  const shown = new Set();
  for (const document of documents()) {
    write(pageOf(document), convert(document, readFileSync(join(root, document), 'utf8'), shown));
  }
  for (const path of shown) {
    if (!existsSync(join(root, path))) throw new Error(`a document links to ${path}, which is not there`);
    write(pageOf(path), showSource(path));
  }
  for (const name of ['time', 'error']) writeChart(join(root, `docs/charts/${name}.svg`), `public/charts/${name}.svg`);
  const home = fileURLToPath(new URL('home', import.meta.url));
  cpSync(join(home, 'public'), join(pages, 'public'), { recursive: true });
  write('index.md', readFileSync(join(home, 'index.md'), 'utf8').replace('<!-- example -->', firstExample()));
  write('figures.json', JSON.stringify(figures()));
  return relative(root, pages);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) stage();
