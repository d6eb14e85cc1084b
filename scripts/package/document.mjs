// docs/support.md, made of what the test of the package found. The findings are kept beside it, in docs/support.json.
import { table } from '../../bench/report/markdown.mjs';
import { fill, write } from '../lib/fill.mjs';

const DOCUMENT = 'docs/support.md';
const FINDINGS = 'docs/support.json';

const WORDS = { passed: '✓', failed: '✗', 'not run': 'not run', none: '–' };
const kilobytes = (bytes) => (bytes / 1024).toFixed(1);

/** One table, and under it the reason of every cell that is not as it should be. */
function section({ columns, places }) {
  const rows = places.map(({ name, version, cells }) => [
    name,
    version ?? '–',
    ...Object.keys(columns).map((key) => WORDS[cells[key].outcome]),
  ]);
  const reasons = places.flatMap(({ name, cells }) =>
    Object.entries(cells)
      .filter(([, { reason }]) => reason)
      .map(([key, { outcome, reason }]) => `- ${name}, ${columns[key]}: ${outcome}, ${reason.split('\n')[0]}`),
  );
  const [head, rule, ...body] = table(['', 'version', ...Object.values(columns)], rows).split('\n');
  // Words and marks alike: all to the left but for the marks.
  const aligned = rule.replace(/---:?/g, '---').replace(/ --- /g, () => ' --- ');
  return [[head, aligned, ...body].join('\n'), ...(reasons.length > 0 ? [reasons.join('\n')] : [])].join('\n\n');
}

/** What bundlers leave of the package for one operation, and for all. */
function sizes({ places }) {
  const rows = places.flatMap(({ name, cells }) =>
    ['alone', 'core']
      .filter((key) => cells[key]?.sizes)
      .map((key) => {
        const { alone, whole } = cells[key].sizes;
        const entry = key === 'alone' ? '`normlayers`' : '`normlayers/core`';
        return [name, entry, ...[alone, whole].flatMap(({ raw, gzip, brotli }) => [raw, gzip, brotli].map(kilobytes))];
      }),
  );
  const head = ['', 'entry', '`layerNorm`, KB', 'gzip', 'brotli', 'all, KB', 'gzip', 'brotli'];
  return table(head, rows).replace('--- | ---: | ---:', '--- | --- | ---:');
}

/** Writes both files of the results of all kinds. */
export function writeSupport(results, { tarball, hash }) {
  const made = new Date().toISOString().slice(0, 10);
  const parts = Object.fromEntries(results.map((kind) => [kind.key, section(kind)]));
  const system = `${process.platform}-${process.arch}`;
  const about = `From ${tarball.name}, on ${system}, ${made}; in every place the bits were ${hash}, those of Node ${process.versions.node}.`;
  write(FINDINGS, JSON.stringify({ made, system, tarball: tarball.name, hash, kinds: results }, null, 2));
  fill(DOCUMENT, { about, ...parts, sizes: sizes(results.find(({ key }) => key === 'bundlers')) });
}
