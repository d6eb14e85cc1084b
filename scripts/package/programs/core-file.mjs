// By the core, with the module read from its file, where there are files.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as core from 'normlayers/core';
import { answer } from './answer.mjs';

export default () => {
  const file = createRequire(import.meta.url).resolve('normlayers/normlayers.wasm');
  core.setDefaultRuntime(core.createRuntime({ bytes: readFileSync(file) }));
  return answer(core);
};
