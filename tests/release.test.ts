// A release: what it needs of the repository, that it refuses without it, and its tag, in a repository made for the purpose.
// That two builds from nothing give the same bytes is seen by `npm run release -- --dry-run`, which takes minutes.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CRATES, PLACES, version } from '../scripts/lib/version.mjs';
import { entryOf, faultOf } from '../scripts/release/changelog.mjs';
import { conditions } from '../scripts/release/conditions.mjs';
import { tag } from '../scripts/release/tag.mjs';
import { differing } from '../scripts/release/twice.mjs';

describe('the entry of a release in the changelog', () => {
  const log = (heading: string, text: string, unreleased = ''): string =>
    `# Changelog\n\n## [Unreleased]\n${unreleased}\n${heading}\n\n${text}\n## [0.1.0] - 2026-01-01\n\n- first\n`;

  test('is found, with its date and its text', () => {
    const text = log('## [1.2.3] - 2026-02-28', '### Added\n\n- second\n');
    expect(entryOf(text, '1.2.3')).toEqual({ date: '2026-02-28', text: '### Added\n\n- second' });
    expect(entryOf(text, '0.1.0')).toEqual({ date: '2026-01-01', text: '- first' });
    expect(faultOf(text, '1.2.3')).toBe(null);
  });

  test.each([
    ['none', log('## [1.2.4] - 2026-02-28', '- second\n'), 'has no entry'],
    ['only what is not released', log('## [1.2.3]', '- second\n'), 'has no entry'],
    ['no such day', log('## [1.2.3] - 2026-13-01', '- second\n'), 'the date'],
    ['a date in words', log('## [1.2.3] - soon', '- second\n'), 'the date'],
    ['an empty one', log('## [1.2.3] - 2026-02-28', ''), 'lists nothing'],
    ['something left behind', log('## [1.2.3] - 2026-02-28', '- second\n', '\n- third\n'), 'still has something'],
  ])('%s is a fault', (_, text, words) => {
    expect(faultOf(text, '1.2.3')).toContain(words);
  });
});

test('two builds that are not the same are told apart, missing files too', () => {
  expect(differing({ a: '1', b: '2' }, { b: '2', a: '1' })).toEqual([]);
  expect(differing({ a: '1', b: '2', c: '3' }, { a: '1', b: '3', d: '4' })).toEqual(['b', 'c', 'd']);
});

describe('in a repository', () => {
  const COPIED = ['scripts', 'package.json', 'package-lock.json', ...CRATES, ...PLACES.map(({ path }) => path)];
  const log = `# Changelog\n\n## [Unreleased]\n\n## [${version()}] - 2026-02-28\n\n- all of it\n`;
  const name = `v${version()}`;
  let folder: string;

  // A hook of git's that runs the tests says by these which repository is meant, and means its own.
  for (const key of Object.keys(process.env).filter((one) => one.startsWith('GIT_'))) delete process.env[key];
  const git = (...words: string[]): string => execFileSync('git', words, { cwd: folder, encoding: 'utf8' }).trim();
  const commit = (): string => {
    git('add', '--all');
    git('commit', '--quiet', '--message', 'a state');
    return git('rev-parse', 'HEAD');
  };
  const unmet = (): [string, string[]][] =>
    conditions(folder)
      .map(({ label, faults }): [string, string[]] => [label, faults()])
      .filter(([, faults]) => faults.length > 0);
  const release = () => {
    const words = [join(folder, 'scripts/release.mjs')];
    const { status, stdout } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
    return { status, stdout };
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'normlayers-release-test-'));
    for (const path of COPIED) cpSync(path, join(folder, path), { recursive: true });
    writeFileSync(join(folder, 'CHANGELOG.md'), log);
    git('init', '--quiet');
    const settings = [
      'user.name=A Person',
      'user.email=person@example.org',
      'commit.gpgSign=false',
      'tag.gpgSign=false',
    ];
    for (const setting of settings) git('config', ...(setting.split('=') as [string, string]));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  test('that is ready, nothing is wanting, and the commit that was built is tagged', async () => {
    const built = commit();
    expect(unmet()).toEqual([]);
    writeFileSync(join(folder, 'later.txt'), 'what came while it was built');
    commit();
    expect(await tag(folder, version(), built)).toBe(name);
    expect(git('cat-file', '-t', name)).toBe('tag');
    expect(git('rev-parse', `${name}^{commit}`)).toBe(built);
    expect(git('tag', '--list', '--format=%(contents:subject)')).toBe(`normlayers ${version()}`);
  });

  test('that has the tag, it is refused, and the tag stays where it is', async () => {
    const first = commit();
    await tag(folder, version(), first);
    expect(unmet()).toEqual([['a tag that is free', [`${name} is a tag already`]]]);
    writeFileSync(join(folder, 'later.txt'), '');
    const second = commit();
    await expect(tag(folder, version(), second)).rejects.toMatchObject({ name: 'Problem', code: 'TAG' });
    expect(git('rev-parse', `${name}^{commit}`)).toBe(first);

    const { status, stdout } = release();
    expect(stdout).toContain(`${name} is a tag already`);
    expect(stdout).toContain('Nothing was built, and nothing tagged.');
    expect(status).toBe(1);
  });

  test('that is not clean, or not of one version, or says nothing of it, every fault is told and nothing tagged', () => {
    writeFileSync(join(folder, 'CHANGELOG.md'), '# Changelog\n');
    const lock = join(folder, 'Cargo.lock');
    writeFileSync(lock, readFileSync(lock, 'utf8').replace('name = "normlayers"\nversion = "', '$&9'));
    commit();
    writeFileSync(join(folder, 'forgotten.txt'), '');
    expect(unmet().map(([label]) => label)).toEqual([
      'one version everywhere',
      'an entry in the changelog',
      'a clean working tree',
    ]);
    const { status, stdout } = release();
    expect(stdout).toContain('not committed: ?? forgotten.txt');
    expect(stdout).toContain('Nothing was built, and nothing tagged.');
    expect(status).toBe(1);
    expect(git('tag', '--list')).toBe('');
  });

  test('that is none, it is told', () => {
    rmSync(join(folder, '.git'), { recursive: true });
    expect(unmet()).toEqual([['a clean working tree', ['this is no repository of git']]]);
  });
});
