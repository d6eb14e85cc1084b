// `npm run docs`: the documentation as a site with search, in site/dist.
//
//   npm run docs                builds it: guides and papers, the reference of the API, and that of the kernels
//   npm run docs -- --serve     and serves it to this machine, until it is stopped
//
// The site's tools are packages of their own (site/package.json), installed the first time.

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { main, Problem } from './lib/problem.mjs';
import { cache, npm, root, run } from './lib/run.mjs';
import { indented, say, step } from './lib/terminal.mjs';
import { packagesAreInstalled, setup } from './setup.mjs';

const site = join(root, 'site');

async function work(label, patience, command, args, options = {}) {
  const done = step(label, patience);
  const { code, output } = await run(command, args, options);
  done(code === 0);
  if (code === 0) return;
  indented(output.split('\n').slice(-60).join('\n').trimEnd());
  throw new Problem('DOCS', `"${[command, ...args].join(' ')}" failed.`, 'What it said is above.');
}

async function installSite() {
  if (packagesAreInstalled(site)) return;
  const [command, args, options] = npm('ci', '--ignore-scripts');
  await work('npm packages of the site', 'about half a minute', command, args, { ...options, cwd: site });
}

async function buildSite() {
  const bin = (path) => join(site, 'node_modules', path);
  const { writeDeclarations } = await import('../site/typedoc/declarations.mjs');
  const { stage } = await import('../site/stage.mjs');
  const { polishReference } = await import('../site/typedoc/polish.mjs');
  stage();
  writeDeclarations();
  const options = ['--options', join(site, 'typedoc', 'typedoc.json'), '--treatWarningsAsErrors'];
  await work('reference of the API', '', process.execPath, [bin('typedoc/bin/typedoc'), ...options], { cwd: site });
  polishReference();
  const vitepress = [bin('vitepress/bin/vitepress.js'), 'build', '.'];
  await work('pages', 'about half a minute', process.execPath, vitepress, { cwd: site });
  await work('reference of the kernels', '', 'cargo', ['doc', '-p', 'normlayers', '--no-deps'], {
    env: { RUSTDOCFLAGS: '-D warnings', CARGO_TARGET_DIR: join(cache, 'rustdoc') },
  });
  cpSync(join(cache, 'rustdoc', 'doc'), join(site, 'dist', 'kernels'), { recursive: true });
}

/** The playground is a program of its own, built to its place in the site. */
async function buildPlayground() {
  await work('playground', '', process.execPath, [join(root, 'scripts', 'playground.mjs'), '--build']);
}

await main(import.meta.url, async () => {
  const { values } = parseArgs({ options: { serve: { type: 'boolean', default: false } } });
  await setup();
  await build();
  await installSite();
  await buildSite();
  await buildPlayground();
  say('\n  site/dist/index.html');
  if (!values.serve) return;
  const { serve } = await import('../site/serve.mjs');
  const { origin } = await serve(8080);
  say(`  ${origin}/`);
  await new Promise(() => {});
});
