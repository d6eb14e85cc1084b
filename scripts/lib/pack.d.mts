// The types of pack.mjs, for the tests.

export const CHARACTERS: string[];
export function pack(bytes: Uint8Array): string;
export function unpacked(unpacker: Uint8Array, text: string): Buffer;
