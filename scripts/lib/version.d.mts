// The types of version.mjs, for the tests.

type Read = (path: string) => string;
export const PLACES: readonly { readonly path: string; readonly what: string; readonly pattern: RegExp }[];
export const CRATES: readonly string[];
export function version(read?: Read): string;
export function disagreements(read?: Read): string[];
export function withVersion(path: string, text: string, wanted: string): string;
