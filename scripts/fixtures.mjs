// `npm run fixtures`: makes tests/fixtures anew, by PyTorch and others, in a Python environment of the project's own.
// `npm run fixtures -- --check` writes nothing: it tells whether the same bytes are made again.
// No test needs it: what it makes is committed.

import { join } from 'node:path';
import { main, Problem } from './lib/problem.mjs';
import { ask, cache, root, run } from './lib/run.mjs';
import { stamp } from './lib/stamp.mjs';
import { indented, step } from './lib/terminal.mjs';

const REQUIREMENTS = 'scripts/fixtures/requirements.txt';
const ENVIRONMENT = join(cache, 'fixtures-venv');
const windows = process.platform === 'win32';
const python = join(ENVIRONMENT, ...(windows ? ['Scripts', 'python.exe'] : ['bin', 'python']));

async function work(label, patience, command, args) {
  const done = step(label, patience);
  const { code, output } = await run(command, args);
  done(code === 0);
  if (code === 0) return output;
  indented(output.trimEnd().split('\n').slice(-40).join('\n'));
  throw new Problem('FIXTURES', `${label}: it failed.`, 'What it printed is above.');
}

/** What is installed, as far as it can be seen: an environment that is gone has no version. */
const installation = () =>
  stamp('fixtures', { inputs: [REQUIREMENTS], outputs: [], words: [ask(python, ['--version'])] });

/** PyTorch and the others, in the versions that the requirements name. */
async function install() {
  const system = ['python3', 'python'].find((name) => ask(name, ['--version']) !== null);
  if (!system) throw new Problem('NO_PYTHON', 'Python 3.11 or newer is needed.', 'Install it, then run it again.');
  if (installation().fresh()) return;
  await work('Python environment', '', system, ['-m', 'venv', ENVIRONMENT]);
  const requirements = ['-r', join(root, REQUIREMENTS)];
  await work('PyTorch and others', 'minutes, and 6 GB', python, ['-m', 'pip', 'install', ...requirements]);
  installation().write();
}

await main(import.meta.url, async () => {
  const given = process.argv.slice(2);
  const unknown = given.find((word) => word !== '--check');
  if (unknown) throw new Problem('ARGUMENTS', `There is no ${unknown}.`, 'There is --check.');
  await install();
  const label = given.length > 0 ? 'fixtures, twice and compared' : 'fixtures';
  indented(await work(label, 'up to a minute', python, ['-B', join(root, 'scripts/make-fixtures.py'), ...given]));
});
