// How the scripts start other programs: with the project's tools on PATH, and the output kept for when it matters.

import { spawn, spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A git-ignored folder for whatever can be made again. */
export const cache = join(root, '.cache');

/** Where Rust tools are installed when another version of them has the usual place. */
export const localTools = join(cache, 'tools');

const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
export const cargoBin = join(cargoHome, 'bin');

/**
 * The environment of every child: the project's tools come first, and output that is kept has no colour codes. Flags of
 * the caller's are left out, since they would replace those of .cargo/config.toml, SIMD among them.
 */
export function environment() {
  const { FORCE_COLOR: _, RUSTFLAGS: __, CARGO_ENCODED_RUSTFLAGS: ___, ...env } = process.env;
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const path = [join(localTools, 'bin'), cargoBin, env[key]].filter(Boolean).join(delimiter);
  return { ...env, [key]: path, NO_COLOR: '1', CARGO_TERM_COLOR: 'never' };
}

/** Runs a program to its end, in the background of this one. Never throws: look at `code`. */
export function run(command, args, { cwd = root, env = {}, shell = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...environment(), ...env },
      shell,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => resolve({ code: 127, output: `${output}${error.message}\n` }));
    child.on('close', (code, signal) => resolve({ code: code ?? 1, output: signal ? `${output}${signal}\n` : output }));
  });
}

/** Why a program of ours ended badly, out of all that it printed: the line of its error, or else the last lines. */
export function complaintOf(output) {
  const lines = output.trim().split('\n');
  return (
    lines.find((line) => /^(error: )?(Uncaught )?(\(in promise\) )?\w*Error\b/.test(line)) ?? lines.slice(-5).join('\n')
  );
}

/** What a short program prints, or null when it is missing or fails. */
export function ask(command, args, cwd = root) {
  const { status, stdout } = spawnSync(command, args, { cwd, env: environment(), encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** npm as a command that works under `npm run` and outside it, on Windows too. */
export function npm(...args) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) return [process.execPath, [script, ...args], { shell: false }];
  return ['npm', args, { shell: process.platform === 'win32' }];
}
