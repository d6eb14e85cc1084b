// In a page, by the core, which loads the module by itself while it streams in.
import * as core from 'normlayers/core';
import { answer } from './answer.mjs';

core.setDefaultRuntime(await core.loadRuntime('/project/node_modules/normlayers/dist/normlayers.wasm'));
document.documentElement.dataset.answer = JSON.stringify(answer(core));
