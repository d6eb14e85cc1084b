// The root entry where bytes may not be compiled at run time: workerd takes a .wasm that is imported statically.

import registerModule from './library.js';
import module from './normlayers.wasm';

export * from './library.js';

registerModule(module);
