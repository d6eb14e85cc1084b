// What a message says of the value it refuses: enough to find it, and no more than a line has room for.
import { describe, expect, test } from '@jest/globals';
import { createRuntime, layerNormForward, scope, setDefaultRuntime, tensor, zeros } from 'normlayers';
import { caught, expectRefusal, refusals, refused } from '../support/errors.ts';

const { type } = refused;

describe('what was given is named', () => {
  const values: [string, () => unknown][] = [
    ['null', () => null],
    ['0.5', () => 0.5],
    ["'yes'", () => 'yes'],
    [`'${'a'.repeat(40)}'`, () => 'a'.repeat(40)],
    [`'${'a'.repeat(40)}…'`, () => `${'a'.repeat(40)}b`],
    ['3n', () => 3n],
    ['a function', () => () => true],
    ['a symbol', () => Symbol('secret')],
    ['a Tensor', () => zeros([1])],
    ['a proxy of a Tensor', () => new Proxy(zeros([1]), {})],
    ['a saved state', () => layerNormForward(zeros([1, 2]), 2).saved],
    ['a Float32Array', () => new Float32Array(1)],
    ['an array', () => [true]],
    ['an object', () => ({ debug: true })],
  ];
  test.each(values)('%s', (words, make) => {
    scope(() => {
      const debug = make() as boolean;
      const error = expectRefusal(() => createRuntime({ debug }), type);
      expect(error.message).toBe(`debug must be a boolean, got ${words}`);
    });
  });
});

describe('what another version of the package made', () => {
  /** A brand with internals of a layout that is not ours. */
  const foreign = (brand: string): never => ({ [Symbol.for(`normlayers.${brand}`)]: () => 2 }) as never;
  const another = (name: string) => ({
    name: 'TypeError' as const,
    code: 'RUNTIME' as const,
    text: `${name} is of another, incompatible version of normlayers: install one version`,
  });
  refusals(
    () => zeros([1, 2]),
    [
      ['a runtime', () => setDefaultRuntime(foreign('runtime')), another('runtime')],
      ['a tensor', () => layerNormForward(foreign('tensor'), 2), another('x')],
      ['a saved state', (x) => layerNormForward(x, 2, { reuse: foreign('saved') }), another('reuse')],
    ],
  );
});

test('classes of errors have their name as the language’s own have', () => {
  const errors = [
    caught(() => zeros([2 ** 31])),
    caught(() => {
      const gone = tensor([1]);
      gone.dispose();
      return gone.data;
    }),
  ];
  const own = Object.getOwnPropertyDescriptor(RangeError.prototype, 'name');
  for (const error of errors) {
    expect(Object.getOwnPropertyDescriptor(Object.getPrototypeOf(error), 'name')).toEqual({
      ...own,
      value: error.name,
    });
  }
});
