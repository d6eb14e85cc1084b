// The errors themselves: their classes, names and codes, and how they are told from others.
import { describe, expect, test } from '@jest/globals';
import { isNormError, layerNorm, MemoryError, StateError, UnsupportedError, zeros } from 'normlayers';

describe('the errors themselves', () => {
  const caught = (call: () => unknown) => {
    try {
      call();
    } catch (error) {
      return error as Error & { code: string };
    }
    throw new Error('nothing was thrown');
  };

  test('are instances of the classes they name', () => {
    const gone = zeros([1]);
    gone.dispose();
    const errors = [
      [caught(() => gone.data), StateError, 'StateError', 'DISPOSED'],
      [caught(() => zeros([2 ** 31])), MemoryError, 'MemoryError', 'MEMORY'],
      [caught(() => zeros([-1])), RangeError, 'RangeError', undefined],
      [caught(() => zeros('1' as never)), TypeError, 'TypeError', 'TYPE'],
    ] as const;
    for (const [error, ofClass, name, code] of errors) {
      expect(error).toBeInstanceOf(ofClass);
      expect(error).toBeInstanceOf(Error);
      expect(error.name).toBe(name);
      if (code) expect(error.code).toBe(code);
      expect(String(error).startsWith(`${name}: `)).toBe(true);
    }
    expect(UnsupportedError.prototype).toBeInstanceOf(Error);
  });

  test('are told from others, and from each other by code', () => {
    const error = caught(() => layerNorm(zeros([2, 3]), [4]));
    expect(isNormError(error)).toBe(true);
    expect(isNormError(error, 'SHAPE')).toBe(true);
    expect(isNormError(error, 'STATE')).toBe(false);
    const ofAnotherCopy = Object.assign(new RangeError('x'), { [Symbol.for('normlayers.error')]: true, code: 'SHAPE' });
    expect([isNormError(ofAnotherCopy, 'SHAPE'), isNormError(ofAnotherCopy, 'STATE')]).toEqual([true, false]);
    for (const other of [
      new RangeError('x'),
      Object.assign(new RangeError('x'), { code: 'SHAPE' }),
      null,
      undefined,
      'SHAPE',
      {},
    ]) {
      expect(isNormError(other)).toBe(false);
    }
  });
});
