/** The compiled module of the package, where a static import of a `.wasm` gives one, as in workerd. */
declare const module: object;
export default module;
