// What an entry of the package costs those who load it: the files of dist, as published, that it leads to. One measure
// for `npm run size` and for the test that holds it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** The most that the root entry may cost, its WebAssembly included: bytes after brotli. */
export const ROOT_BYTES_MAX = 40 * 1024;

/** The entries, and the file that each begins with. */
export const ENTRIES = {
  normlayers: 'index.js',
  'normlayers, workerd': 'workerd.js',
  'normlayers/core': 'core.js',
};

/** What a built module imports, as it names it. */
export function importsOf(source) {
  const found = source.matchAll(/(?:^|[;}])(?:import|export)\b[^;"']*["']([^"']+)["']/g);
  return [...new Set([...found].map(([, specifier]) => specifier))];
}

/** All files that `entry`, a file in `folder`, loads, itself among them. */
export function filesOf(folder, entry) {
  const files = new Set([entry]);
  // A set visits what is added while it is walked.
  for (const file of files) {
    if (!file.endsWith('.js')) continue;
    for (const specifier of importsOf(readFileSync(join(folder, file), 'utf8'))) files.add(join(specifier));
  }
  return [...files];
}

/** The bytes of `files` in all, each compressed by itself. */
export function weigh(folder, files) {
  const sum = { raw: 0, gzip: 0, brotli: 0 };
  for (const file of files) {
    const bytes = readFileSync(join(folder, file));
    sum.raw += bytes.length;
    sum.gzip += gzipSync(bytes, { level: 9 }).length;
    sum.brotli += brotliCompressSync(bytes).length;
  }
  return sum;
}
