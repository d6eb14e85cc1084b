// The parts of documents that are made: what stands between two markers is replaced, and nothing is typed by hand.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';
import { say } from './terminal.mjs';

/** Writes a file of the repository, and says so. */
export function write(path, content) {
  const file = join(root, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content.endsWith('\n') ? content : `${content}\n`);
  say(`  Wrote ${path}`);
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`, for every name of `parts`. */
export function fill(path, parts) {
  let text = readFileSync(join(root, path), 'utf8');
  for (const [name, content] of Object.entries(parts)) {
    const between = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    if (!between.test(text)) throw new Error(`${path} has no part "${name}"`);
    text = text.replace(between, (_, open, close) => `${open}\n${content}\n\n${close}`);
  }
  write(path, text);
}
