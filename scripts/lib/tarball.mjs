// The package as it is published: packed into a file, and held to what may be in it. One list for the tests, for
// `npm run test:package` and for a release.
import { join } from 'node:path';
import { Problem } from './problem.mjs';
import { npm, root, run } from './run.mjs';

/** Everything that a user gets. */
export const FILES = [
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'dist/core.d.ts',
  'dist/core.js',
  'dist/index.d.ts',
  'dist/index.js',
  'dist/library.js',
  'dist/normlayers.d.wasm.ts',
  'dist/normlayers.wasm',
  'dist/workerd.js',
  'docs/accuracy.md',
  'docs/charts/error.svg',
  'docs/charts/time.svg',
  'docs/errors.md',
  'docs/guides/autograd.md',
  'docs/guides/from-pytorch.md',
  'docs/guides/from-tfjs.md',
  'docs/guides/memory.md',
  'docs/guides/numerics.md',
  'docs/guides/onnxruntime.md',
  'docs/guides/react-and-servers.md',
  'docs/guides/training.md',
  'docs/guides/workers.md',
  'docs/performance.md',
  'docs/support.md',
  'docs/testing.md',
  'package.json',
];

/** What would bring other packages along. */
const BRINGS = [
  'dependencies',
  'peerDependencies',
  'optionalDependencies',
  'bundleDependencies',
  'bundledDependencies',
];

/** What npm would run on a user's machine. */
const RUNS = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];

/** Packs the built `folder` into `destination`: `{ file, name, size, unpackedSize, files: [{ path, size }] }`. */
export async function pack(destination, folder = root) {
  const words = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', destination];
  const [command, args, options] = npm(...words);
  const { code, output } = await run(command, args, { ...options, cwd: folder });
  if (code !== 0) throw new Problem('PACK', `"npm pack" failed.\n${output.trim()}`);
  const [{ filename, size, unpackedSize, files }] = JSON.parse(output.slice(output.indexOf('[')));
  return { file: join(destination, filename), name: filename, size, unpackedSize, files };
}

/** What is wrong with the contents of a tarball, given the paths in it and the manifest among them. */
export function faultsOf(paths, manifest) {
  return [
    ...paths.filter((path) => !FILES.includes(path)).map((path) => `${path} is not meant to be published`),
    ...FILES.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`),
    ...BRINGS.filter((key) => key in manifest).map((key) => `package.json has ${key}`),
    ...RUNS.filter((name) => name in (manifest.scripts ?? {})).map((name) => `npm would run the script "${name}"`),
  ];
}
