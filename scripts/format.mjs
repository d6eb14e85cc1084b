// `npm run format`: brings all source into its one form.

import { main, Problem } from './lib/problem.mjs';
import { root, run } from './lib/run.mjs';
import { indented, step } from './lib/terminal.mjs';
import { setup } from './setup.mjs';

const BIOME = `${root}/node_modules/@biomejs/biome/bin/biome`;

await main(import.meta.url, async () => {
  await setup({ checks: true });
  for (const [label, command, args] of [
    ['cargo fmt', 'cargo', ['fmt', '--all']],
    ['biome', process.execPath, [BIOME, 'check', '--write']],
  ]) {
    const done = step(label);
    const { code, output } = await run(command, args);
    done(code === 0);
    if (code === 0) continue;
    indented(output.trimEnd());
    throw new Problem('FORMAT', `${label} found what it cannot mend by itself.`);
  }
});
