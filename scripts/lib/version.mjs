// The version of the project. package.json says it; whatever else names it has to agree.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

/** By the rules of semver.org, build metadata aside, which npm drops. */
const SEMANTIC = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/** Where the version stands besides, and what surrounds it there: the expression's first group is before it. */
export const PLACES = [
  { path: 'Cargo.toml', what: 'both crates', pattern: /(^\[workspace\.package\]\nversion = ")([^"]*)/m },
  { path: 'Cargo.lock', what: 'normlayers', pattern: /(^name = "normlayers"\nversion = ")([^"]*)/m },
  { path: 'Cargo.lock', what: 'normlayers-wasm', pattern: /(^name = "normlayers-wasm"\nversion = ")([^"]*)/m },
];

/** Crates whose own manifest has to leave the version to the workspace. */
export const CRATES = ['crates/normlayers/Cargo.toml', 'crates/normlayers-wasm/Cargo.toml'];

const fileOf = (path) => readFileSync(join(root, path), 'utf8');

/** The version, as package.json says it. */
export const version = (read = fileOf) => JSON.parse(read('package.json')).version;

/** What does not agree with package.json, in words. `read` gives the text of a file of the repository. */
export function disagreements(read = fileOf) {
  const meant = version(read);
  const faults = SEMANTIC.test(meant) ? [] : [`package.json: "${meant}" is no semantic version`];
  const hold = (where, found) => {
    if (found !== meant) faults.push(`${where} says ${found ?? 'no version'} where package.json says ${meant}`);
  };
  const lock = JSON.parse(read('package-lock.json'));
  hold('package-lock.json', lock.version);
  hold('package-lock.json, the root package', lock.packages[''].version);
  for (const { path, what, pattern } of PLACES) hold(`${path}, ${what},`, pattern.exec(read(path))?.[2]);
  for (const path of CRATES) {
    if (!/^version\.workspace = true$/m.test(read(path))) faults.push(`${path} has a version of its own`);
  }
  return faults;
}

/** `text` of a file of {@link PLACES} with another version. */
export function withVersion(path, text, wanted) {
  return PLACES.filter((place) => place.path === path).reduce(
    (changed, { pattern }) => changed.replace(pattern, (_, before) => before + wanted),
    text,
  );
}
