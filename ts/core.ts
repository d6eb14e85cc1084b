// The entry for those who bring a module: the API, without the WebAssembly itself.

export * from './library.js';
