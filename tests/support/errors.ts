// What a refused call must look like: the class, the code, the text, and nothing allocated.
import { test } from '@jest/globals';
import { isNormError, memory, type NormErrorCode, scope } from 'normlayers';

export type ErrorName = 'TypeError' | 'RangeError' | 'StateError' | 'MemoryError' | 'UnsupportedError';

export interface Refusal {
  readonly name: ErrorName;
  readonly code?: NormErrorCode;
  /** Parts the message must contain, compared without regard to spaces and to how PyTorch prints a size. */
  readonly text?: string | readonly string[];
}

/** The usual ones. */
export const refused = {
  value: { name: 'RangeError', code: 'VALUE' },
  shape: { name: 'RangeError', code: 'SHAPE' },
  range: { name: 'RangeError' },
  type: { name: 'TypeError', code: 'TYPE' },
} as const satisfies Record<string, Refusal>;

const plain = (text: string) => text.replace(/torch\.Size\(([^)]*)\)/g, '$1').replace(/\s+/g, '');

export function expectRefusal(call: () => unknown, refusal: Refusal): Error {
  const before = memory();
  const error = caught(call);
  const after = memory();
  if (!isNormError(error, refusal.code)) {
    const code = (error as { code?: unknown }).code;
    throw new Error(`code is ${String(code)}, expected ${refusal.code ?? 'one of ours'}: ${error}`, {
      cause: error,
    });
  }
  if (error.name !== refusal.name) {
    throw new Error(`a ${error.name}, expected a ${refusal.name}: ${error.message}`, { cause: error });
  }
  const native = { TypeError, RangeError }[refusal.name as string];
  if (native && !(error instanceof native)) throw new Error(`${refusal.name} by name, but not by class`);
  for (const part of [refusal.text ?? []].flat()) {
    if (!plain(error.message).includes(plain(part))) {
      throw new Error(`message lacks "${part}": ${error.message}`, { cause: error });
    }
  }
  if (before.tensors !== after.tensors || before.bytesInUse !== after.bytesInUse) {
    throw new Error(`the refused call left ${after.bytesInUse - before.bytesInUse} bytes behind`, {
      cause: error,
    });
  }
  return error;
}

/** What `call` throws; it must. */
export function caught(call: () => unknown): Error {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    return error as Error;
  }
  throw new Error(`nothing was thrown; the call returned ${String(result)}`);
}

/** A test for each row; what a row is given is made before its call, so that the call may leave nothing behind. */
export function refusals<T>(
  prepare: () => T,
  rows: readonly (readonly [what: string, call: (given: T) => unknown, refusal: Refusal])[],
): void {
  test.each(rows)('%s is refused', (_, call, refusal) => {
    scope(() => {
      const given = prepare();
      expectRefusal(() => call(given), refusal);
    });
  });
}
