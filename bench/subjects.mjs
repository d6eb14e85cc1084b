// Who is measured: what each subject is called, and whether it needs a peer.
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
