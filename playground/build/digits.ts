// The digits of the page: taken from the package of the example when the page is built or served, packed into one file.
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { readDigits } from '../../examples/digits/digits.ts';
import { SEEDS } from '../../examples/digits/settings.ts';
import { encode } from '../src/digits/file.ts';

const NAME = 'digits.bin';
const TRAINING = 5000;
const HELD_OUT = 512;

const pack = () => gzipSync(encode(readDigits(TRAINING, HELD_OUT, SEEDS.split)), { level: 9 });

export function digits(): Plugin {
  return {
    name: 'digits',
    configureServer({ middlewares }) {
      const file = pack();
      middlewares.use(`/${NAME}`, (_, response) => {
        response.setHeader('content-type', 'application/octet-stream');
        response.end(file);
      });
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: NAME, source: pack() });
    },
  };
}
