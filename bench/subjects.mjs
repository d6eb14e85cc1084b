// Who is measured: what each subject is called, and whether it needs a peer.
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Problem } from '../scripts/lib/problem.mjs';
import { peerVersions } from './peers.mjs';

/** `key` is the name of the file in subjects/. */
export const subjects = [
  { key: 'normlayers', name: 'normlayers', ours: true },
  { key: 'copies', name: 'normlayers, with copies', ours: true },
  { key: 'pure-js', name: 'pure JS' },
  { key: 'tfjs', name: 'tfjs, wasm', version: peerVersions.tfjs, peer: true },
  { key: 'onnxruntime', name: 'onnxruntime-web', version: peerVersions.onnxruntime, peer: true },
  { key: 'jax-js', name: 'jax-js, wasm', version: peerVersions['jax-js'], peer: true },
];

/** The textbook in float32, which is measured for its error only. */
export const textbook = { key: 'pure-js-f32', name: 'pure JS, float32' };

/** The copy of x that shows the speed of memory. */
export const memory = { key: 'memory', name: 'memory' };

/** A subject from outside, by its file. */
export function subjectOf(file) {
  if (!existsSync(file)) throw new Problem('ARGUMENTS', `There is no file ${resolve(file)}.`);
  return { key: basename(file), name: basename(file), file: resolve(file) };
}
