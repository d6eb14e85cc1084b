// In workerd, by the core: the module is imported, which compiles it.
import * as core from 'normlayers/core';
import module from 'normlayers/normlayers.wasm';
import { answer, attempt } from './answer.mjs';

export default {
  fetch: () =>
    Response.json(
      attempt(() => {
        core.setDefaultRuntime(core.createRuntime({ module }));
        return answer(core);
      }),
    ),
};
