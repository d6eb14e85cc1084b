// Makes one module, which any runtime can load, of the corpus and the built package. As a script it prints the path.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { main } from '../../scripts/lib/problem.mjs';
import { cache, root } from '../../scripts/lib/run.mjs';

export async function bundleCorpus() {
  const outfile = join(cache, 'corpus', 'program.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['tests/corpus/program.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    logLevel: 'error',
    alias: { normlayers: join(root, 'dist/index.js') },
    define: { CORPUS: JSON.stringify(readFileSync(join(root, 'tests/corpus/corpus.txt'), 'utf8')) },
  });
  return outfile;
}

await main(import.meta.url, async () => {
  process.stdout.write(await bundleCorpus());
});
