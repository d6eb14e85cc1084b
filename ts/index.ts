// The root entry: the API, with the WebAssembly carried inside as text. It is not compiled before it is needed.

import { wasm } from './embedded.js';
import registerModule from './library.js';

export * from './library.js';

registerModule(wasm);
