// The tag of a release: annotated, since those are what git describes by, and never moved once it is there.
import { Problem } from '../lib/problem.mjs';
import { run } from '../lib/run.mjs';

/** Tags a commit of `folder` as `version`; resolves to the tag's name. */
export async function tag(folder, version, commit) {
  const name = `v${version}`;
  const words = ['tag', '--annotate', '--message', `normlayers ${version}`, name, commit];
  const { code, output } = await run('git', words, { cwd: folder });
  if (code !== 0) throw new Problem('TAG', `The tag ${name} could not be made.\n${output.trim()}`);
  return name;
}
