// The types of tarball.mjs, for the tests.

export const FILES: readonly string[];
export interface Tarball {
  readonly file: string;
  readonly name: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}
export function pack(destination: string, folder?: string): Promise<Tarball>;
export function faultsOf(paths: readonly string[], manifest: object): string[];
