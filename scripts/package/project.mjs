// A user's project in a temporary folder: the package installed from its tarball, and the programs that use it. Nothing in
// it leads back to the source tree.
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Problem } from '../lib/problem.mjs';
import { complaintOf, npm, root, run } from '../lib/run.mjs';
import { pack } from '../lib/tarball.mjs';

const PROGRAMS = fileURLToPath(new URL('programs', import.meta.url));
const SHOW = fileURLToPath(new URL('../lib/show.mjs', import.meta.url));

/** What a program answers in this Node, in a process of its own. */
async function answerOf(file) {
  const { code, output } = await run(process.execPath, [SHOW, pathToFileURL(file).href]);
  if (code !== 0) throw new Error(complaintOf(output));
  return JSON.parse(output.split('\n').find((line) => line.startsWith('{')));
}

/** Packs what is built, installs it, and finds out what the programs answer here. */
export async function makeProject() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'normlayers-project-')));
  const tarball = await pack(folder);
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n');
  const words = ['install', '--offline', '--no-audit', '--no-fund', tarball.file];
  const [command, args, options] = npm(...words);
  const { code, output } = await run(command, args, { ...options, cwd: folder });
  if (code !== 0) throw new Problem('INSTALL', `The tarball does not install.\n${output.trim()}`);

  cpSync(PROGRAMS, folder, { recursive: true });
  cpSync(join(root, 'tests', 'types'), folder, { recursive: true });
  const byPath = readFileSync(join(folder, 'root.mjs'), 'utf8').replace(
    "'normlayers'",
    "'/project/node_modules/normlayers/dist/index.js'",
  );
  writeFileSync(join(folder, 'root-by-path.mjs'), byPath);

  return {
    folder,
    tarball,
    installed: join(folder, 'node_modules', 'normlayers'),
    answerOf,
    /** The bits that every place shall give, for all operations and for one alone. */
    hash: (await answerOf(join(folder, 'root.mjs'))).hash,
    hashAlone: (await answerOf(join(folder, 'alone.mjs'))).hash,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
