// Builds a commit twice, from nothing, in two folders, and compares the bytes: who builds a release again must be
// able to tell that it is this one.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../lib/problem.mjs';
import { root, run } from '../lib/run.mjs';

async function must(command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code === 0) return;
  throw new Problem(
    'RELEASE',
    `"${command} ${args.join(' ')}" failed.\n${output.trim().split('\n').slice(-20).join('\n')}`,
  );
}

const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** The hash of every file of a folder's dist/. */
function hashes(folder) {
  const dist = join(folder, 'dist');
  return Object.fromEntries(
    readdirSync(dist)
      .sort()
      .map((name) => [name, sha256(join(dist, name))]),
  );
}

/** The files that two builds do not have alike. */
export function differing(a, b) {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]).sort();
}

/** Builds a commit; resolves to `{ folder, hashes, remove }` of the first build; throws when the second has other bytes. */
export async function buildTwice(commit) {
  const place = mkdtempSync(join(tmpdir(), 'normlayers-release-'));
  const remove = () => rmSync(place, { recursive: true, force: true, maxRetries: 5 });
  try {
    const made = [];
    // Names of different lengths: a path that ends up in the bytes is found out.
    for (const name of ['first', 'the-second']) {
      const folder = join(place, name);
      await must('git', ['clone', '--quiet', '--no-hardlinks', '--no-checkout', root, folder]);
      await must('git', ['checkout', '--quiet', '--detach', commit], { cwd: folder });
      // A target folder of the user's would not be clean, and shared by both.
      await must(process.execPath, ['scripts/build.mjs'], {
        cwd: folder,
        env: { CARGO_TARGET_DIR: join(folder, 'target') },
      });
      made.push({ folder, hashes: hashes(folder) });
    }
    const [first, second] = made;
    const other = differing(first.hashes, second.hashes);
    if (other.length > 0) throw new Problem('RELEASE', `Two builds differ in ${other.join(', ')}.`);
    return { ...first, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
