// `npm run size`: what a user downloads, file by file and entry by entry.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from './build.mjs';
import { main } from './lib/problem.mjs';
import { root } from './lib/run.mjs';
import { bold, dim, say } from './lib/terminal.mjs';
import { setup } from './setup.mjs';

// What each entry of the package loads.
const ROOTS = [
  ['normlayers', ['index.js', 'core.js', 'carried.js', 'embedded.js']],
  ['normlayers, workerd', ['workerd.js', 'core.js', 'carried.js', 'normlayers.wasm']],
  ['normlayers/core', ['core.js', 'carried.js']],
];

function measure(file) {
  const bytes = readFileSync(join(root, 'dist', file));
  return [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
}

function row(name, cells) {
  return `  ${name.padEnd(24)}${cells.map((cell) => String(cell).padStart(11)).join('')}`;
}

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const total = (files) => files.map(measure).reduce((sum, sizes) => sum.map((bytes, i) => bytes + sizes[i]));

await main(import.meta.url, async () => {
  await setup();
  await build();
  say(`\n${dim(row('', ['raw', 'gzip', 'brotli']))}`);
  for (const file of readdirSync(join(root, 'dist')).sort()) say(row(file, measure(file).map(kilobytes)));
  say();
  for (const [name, files] of ROOTS) say(bold(row(name, total(files).map(kilobytes))));
});
