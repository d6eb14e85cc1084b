// One operation of the core: what is left is code alone, without the WebAssembly.
import { createRuntime, layerNorm, tensor } from 'normlayers/core';
import { answerAlone } from './answer.mjs';

export default (bytes) => {
  const runtime = createRuntime({ bytes });
  return answerAlone({ layerNorm, tensor: (values, shape) => tensor(values, shape, { runtime }) });
};
