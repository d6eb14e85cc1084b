// The part of the untyped package `mnist` that is used here.
declare module 'mnist' {
  interface Digit {
    readonly length: number;
    /** The 784 pixels of image i, each in [0, 1]; a random image when i is left out. */
    get(i: number): number[];
  }
  const digits: { readonly [digit: number]: Digit };
  export default digits;
}
