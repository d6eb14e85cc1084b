// The root entry: the API, with the WebAssembly carried inside as text. It is not compiled before it is needed.

import { registerModule } from './carried.js';
import { wasm } from './embedded.js';

export * from './core.js';

registerModule(wasm);
