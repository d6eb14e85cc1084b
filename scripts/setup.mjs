// Brings a fresh clone to the point where everything can be built and tested. Each function is one step: it looks
// whether it has work, says what it does and how long that may take, and does it. Node's built-ins only: it runs first.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main, Problem } from './lib/problem.mjs';
import { ask, cargoBin, localTools, npm, root, run } from './lib/run.mjs';
import { dim, ended, indented, step } from './lib/terminal.mjs';

const TARGET = 'wasm32-unknown-unknown';
const WASM_PACK = '0.15.1';

/** Whether a version is that one or a later one, by its first two numbers. */
function atLeast(version, wanted) {
  const [major, minor] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

function checkNode() {
  const wanted = readJson('package.json').engines.node.replace(/[^\d.]/g, '');
  if (atLeast(process.versions.node, wanted)) return;
  throw new Problem(
    'NODE_VERSION',
    `Node ${wanted} or newer is needed, this is ${process.versions.node}.`,
    'Install a current Node from https://nodejs.org, then run the command again.',
  );
}

/** npm leaves its own record of what it installed in `folder`: it must hold every package of the lock file. */
export function packagesAreInstalled(folder = root) {
  const record = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional && installed[path] === undefined),
  );
}

async function installPackages() {
  if (packagesAreInstalled()) return;
  const [command, args, options] = npm('ci', '--ignore-scripts');
  await work('npm packages', 'about half a minute', command, args, {
    ...options,
    code: 'NPM',
    cure: 'Check that the npm registry can be reached, then run the command again.',
  });
}

async function checkRust() {
  if (ask('rustc', ['--version']) === null) {
    if (ask('rustup', ['--version']) === null) {
      throw new Problem(
        'NO_RUST',
        'Rust is not installed: neither rustc nor rustup was found.',
        'Install rustup from https://rustup.rs, then run the command again.',
      );
    }
    // rustup is there and the toolchain is not, as where RUSTUP_AUTO_INSTALL=0 is set.
    const args = 'toolchain install stable --profile minimal --no-self-update';
    await work('Rust, stable', 'about a minute', 'rustup', args.split(' '), {
      code: 'NO_TOOLCHAIN',
      cure: 'Run "rustup toolchain install stable", then the command again.',
    });
  }
  const wanted = /^rust-version = "(.+)"/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))?.[1] ?? '1.85';
  const found = ask('rustc', ['--version'])?.split(' ')[1] ?? 'none';
  if (!atLeast(found, wanted)) {
    throw new Problem(
      'RUST_VERSION',
      `Rust ${wanted} or newer is needed, this is ${found}.`,
      'Run "rustup update stable", then the command again.',
    );
  }
}

async function addTarget() {
  const sysroot = ask('rustc', ['--print', 'sysroot']);
  if (sysroot !== null && existsSync(join(sysroot, 'lib', 'rustlib', TARGET))) return;
  await work(`Rust target ${TARGET}`, 'a few seconds', 'rustup', ['target', 'add', TARGET], {
    code: 'NO_TARGET',
    cure: `Add the target ${TARGET} to your Rust; with rustup: rustup target add ${TARGET}`,
  });
}

async function addComponents() {
  for (const [component, command] of [
    ['rustfmt', 'cargo-fmt'],
    ['clippy', 'cargo-clippy'],
  ]) {
    if (ask(command, ['--version']) !== null) continue;
    await work(`Rust component ${component}`, 'a few seconds', 'rustup', ['component', 'add', component], {
      code: 'NO_COMPONENT',
      cure: `Add ${component} to your Rust; with rustup: rustup component add ${component}`,
    });
  }
}

function checkLinker() {
  if (process.platform === 'win32' || ['cc', 'gcc', 'clang'].some((name) => ask(name, ['--version']) !== null)) return;
  throw new Problem(
    'NO_LINKER',
    'Rust needs a C linker for programs of this machine, and there is none (cc, gcc or clang).',
    process.platform === 'darwin'
      ? 'Run "xcode-select --install", then the command again.'
      : 'Install one (Debian and Ubuntu: apt-get install gcc libc6-dev), then run the command again.',
  );
}

/** The command-line tool must be of the very version of the crate, which the lock file knows. */
function wasmBindgenVersion() {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  const version = /name = "wasm-bindgen"\r?\nversion = "(.+)"/.exec(lock)?.[1];
  if (version) return version;
  throw new Problem('LOCK', 'Cargo.lock names no wasm-bindgen.', 'Restore Cargo.lock from the repository.');
}

/** Compiles a Rust tool unless that very version is there: it answers `question` with it. */
export async function installTool(command, crate, version, minutes, question = ['--version']) {
  const found = ask(command, question)?.split(' ').pop();
  if (found === version) return;
  checkLinker();
  // Another version in the usual place is somebody's: leave it there and install beside it.
  const taken = [command, `${command}.exe`].some((name) => existsSync(join(cargoBin, name)));
  const place = taken ? ['--root', localTools] : [];
  await work(
    `${crate} ${version}`,
    `compiles, about ${minutes} minutes, once`,
    'cargo',
    ['install', '--locked', ...place, `${crate}@${version}`],
    { code: 'CARGO_INSTALL', cure: 'Check that crates.io can be reached, then run the command again.' },
  );
}

/** One command as a step with a line of its own. */
export async function work(label, patience, command, args, { code, cure, shell = false }) {
  const done = step(label, patience);
  const result = await run(command, args, { shell });
  done(result.code === 0);
  if (result.code === 0) return;
  indented(result.output.split('\n').slice(-40).join('\n').trimEnd());
  throw new Problem(code, `"${command} ${args.join(' ')}" failed.`, cure);
}

/** Everything that building needs; with `checks`, what the tests need besides. Takes half a second when all is there. */
export async function setup({ checks = false } = {}) {
  checkNode();
  const start = Date.now();
  await installPackages();
  await checkRust();
  await addTarget();
  if (checks) {
    await addComponents();
    checkLinker();
  }
  await installTool('wasm-pack', 'wasm-pack', WASM_PACK, 2);
  await installTool('wasm-bindgen', 'wasm-bindgen-cli', wasmBindgenVersion(), 3);
  const ms = Date.now() - start;
  ended(true, 'set-up', ms, ms < 3000 ? dim('everything is there') : '');
}

await main(import.meta.url, () => setup({ checks: true }));
