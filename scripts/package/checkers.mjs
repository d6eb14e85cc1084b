// The tarball itself: what is in it, what it would bring along or run, and what those say whose trade is packages.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../lib/run.mjs';
import { faultsOf } from '../lib/tarball.mjs';
import { fileIn, load, need, versionOf } from './versions.mjs';

const contents = {
  name: 'contents',
  async open({ folder, installed, tarball }) {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const others = readdirSync(join(folder, 'node_modules')).filter(
      (name) => name !== 'normlayers' && !name.startsWith('.'),
    );
    const faults = faultsOf(
      tarball.files.map(({ path }) => path),
      manifest,
    );
    return {
      version: manifest.version,
      ways: { clean: () => ({ complaints: [...faults, ...others.map((name) => `${name} was installed besides`)] }) },
    };
  },
};

const publint = {
  name: 'publint',
  async open({ installed }) {
    const { publint: check } = await load('publint');
    const clean = async () => {
      const { messages } = await check({ pkgDir: installed, pack: false });
      return { complaints: messages.map(({ code, path }) => `${code} at ${path.join('.')}`) };
    };
    return { version: versionOf('publint'), ways: { clean } };
  },
};

/** The lines of attw's report that are about a fault, each with the entry that it is about. */
function complaintsOf(output) {
  const found = [];
  let entry = '';
  for (const line of output.split('\n')) {
    entry = /^"(.+)"$/.exec(line)?.[1] ?? entry;
    if (entry && /^\S.*: (?!OK|\(ignored)/.test(line)) found.push(`${entry}, ${line}`);
  }
  return found.length > 0 ? found : [output.trim()];
}

const attw = {
  name: 'attw',
  async open({ folder, tarball }) {
    const name = '@arethetypeswrong/cli';
    await need(name);
    const words = [tarball.file, '--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji'];
    const clean = async () => {
      const { code, output } = await run(process.execPath, [fileIn(name, 'dist/index.js'), ...words], { cwd: folder });
      return { complaints: code === 0 ? [] : complaintsOf(output) };
    };
    return { version: versionOf(name), ways: { clean } };
  },
};

export const ofTheTarball = {
  key: 'tarball',
  title: 'The tarball',
  columns: { clean: 'clean' },
  judge: 'silence',
  places: [contents, publint, attw],
};
