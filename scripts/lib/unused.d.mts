import type binaryen from 'binaryen';

export function withoutGlue(library: typeof binaryen, bytes: Uint8Array): Uint8Array;
export function withoutData(library: typeof binaryen, bytes: Uint8Array): Buffer;
