// `npm run size`: what a user downloads, file by file and entry by entry.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ENTRIES, filesOf, ROOT_BYTES_MAX, weigh } from './lib/download.mjs';
import { main } from './lib/problem.mjs';
import { root } from './lib/run.mjs';
import { bold, dim, say } from './lib/terminal.mjs';
import { setup } from './setup.mjs';

const DIST = join(root, 'dist');

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const columns = (name, cells) => `  ${name.padEnd(24)}${cells.map((cell) => cell.padStart(11)).join('')}`;
const row = (name, { raw, gzip, brotli }) => columns(name, [raw, gzip, brotli].map(kilobytes));

await main(import.meta.url, async () => {
  await setup();
  await build();
  say(`\n${dim(columns('', ['raw', 'gzip', 'brotli']))}`);
  for (const file of readdirSync(DIST).sort()) say(row(file, weigh(DIST, [file])));
  for (const [name, entry] of Object.entries(ENTRIES)) {
    const files = filesOf(DIST, entry);
    say(`\n${bold(row(name, weigh(DIST, files)))}`);
    say(dim(`    ${files.join(', ')}`));
  }
  say(`\n  normlayers may cost ${kilobytes(ROOT_BYTES_MAX)} after brotli.`);
});
