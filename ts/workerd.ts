// The root entry where bytes may not be compiled at run time: workerd takes a .wasm that is imported statically.

import { registerModule } from './carried.js';
import module from './normlayers.wasm';

export * from './core.js';

registerModule(module);
