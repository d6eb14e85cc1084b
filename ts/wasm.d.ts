// What workerd makes of an imported .wasm: a compiled module.

declare module '*.wasm' {
  const module: object;
  export default module;
}
