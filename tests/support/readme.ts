// The first example of the README, as its readers copy it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function readmeExample(root: string): string {
  const block = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'));
  if (!block) throw new Error('README.md has no example in TypeScript');
  return block[1]!;
}
