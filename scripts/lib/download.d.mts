// The types of download.mjs, for the tests.

export const ROOT_BYTES_MAX: number;
export const ENTRIES: Readonly<Record<string, string>>;
export function importsOf(source: string): string[];
export function filesOf(folder: string, entry: string): string[];
export function weigh(folder: string, files: readonly string[]): { raw: number; gzip: number; brotli: number };
