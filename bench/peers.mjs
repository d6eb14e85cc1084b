// The libraries that are measured beside ours, at exactly these versions.
import { join } from 'node:path';
import { installInto } from '../scripts/lib/packages.mjs';
import { cache } from '../scripts/lib/run.mjs';

const folder = join(cache, 'peers');
export const peersFolder = join(folder, 'node_modules');

const LIBRARIES = {
  '@tensorflow/tfjs-core': '4.22.0',
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
  'onnxruntime-web': '1.30.0',
  '@jax-js/jax': '0.1.25',
};

export const peerVersions = {
  tfjs: LIBRARIES['@tensorflow/tfjs-backend-wasm'],
  onnxruntime: LIBRARIES['onnxruntime-web'],
  'jax-js': LIBRARIES['@jax-js/jax'],
};

/** Installs what is not there yet; returns null, or what npm said when it could not. */
export const installPeers = () => installInto(folder, LIBRARIES);
