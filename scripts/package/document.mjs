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
  const [head, , ...body] = table(['', 'version', ...Object.values(columns)], rows).split('\n');
  const rule = `| --- | --- | ${Object.keys(columns)
    .map(() => ':---:')
    .join(' | ')} |`;
  return [[head, rule, ...body].join('\n'), ...(reasons.length > 0 ? [reasons.join('\n')] : [])].join('\n\n');
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
  const [names, , ...body] = table(head, rows).split('\n');
  return [names, '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |', ...body].join('\n');
}

/** The parts of the document, by their markers. */
export function partsOf({ made, system, tarball, hash, node, kinds }) {
  return {
    about: `From ${tarball}, on ${system}, ${made}. The bits of every place are held to ${hash}, those of Node ${node}.`,
    ...Object.fromEntries(kinds.map((kind) => [kind.key, section(kind)])),
    sizes: sizes(kinds.find(({ key }) => key === 'bundlers')),
  };
}

/** Writes the findings of all kinds, and the document that is made of them. */
export function writeSupport(kinds, { tarball, hash }) {
  const findings = {
    made: new Date().toISOString().slice(0, 10),
    system: `${process.platform}-${process.arch}`,
    tarball: tarball.name,
    hash,
    node: process.versions.node,
    kinds,
  };
  write(FINDINGS, JSON.stringify(findings, null, 2));
  fill(DOCUMENT, partsOf(findings));
}
