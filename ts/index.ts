// The root entry: the API, with the WebAssembly carried inside as text. It is not compiled before it is needed.

// First, so that bundles have all code together and the text behind it: they are then smaller by 350 bytes, compressed.

export * from './core.js';

// The module.

import { registerModule } from './carried.js';
import { wasm } from './embedded.js';

registerModule(wasm);
