// State dictionaries that are refused: nothing is changed, and the error tells what does not fit.
import { afterEach, describe, expect, test } from '@jest/globals';
import { LayerNorm, type StateDict, scope, tensor, zeros } from 'normlayers';
import { expectRefusal } from '../../support/errors.ts';
import { type Dict, disposeLayers, goodDict, keepLayer, stateOf, trained } from '../../support/state-dict.ts';

afterEach(disposeLayers);

describe('all or nothing', () => {
  const without = (key: string) => {
    const dict = goodDict();
    delete dict[key];
    return dict;
  };
  const inherited = () => Object.create(goodDict()) as Dict;
  const hostile = (key: string) => JSON.parse(`{"${key}": [1, 2, 3], ${JSON.stringify(goodDict()).slice(1)}`) as Dict;

  const refused: [string, () => Dict, 'RangeError' | 'TypeError', string[]][] = [
    ['a missing parameter', () => without('bias'), 'RangeError', ['Missing key(s) in state_dict: ', 'bias']],
    ['a missing buffer', () => without('running_var'), 'RangeError', ['Missing key(s) in state_dict: ', 'running_var']],
    [
      'a missing counter',
      () => without('num_batches_tracked'),
      'RangeError',
      ['Missing key(s) in state_dict: ', 'num_batches_tracked'],
    ],
    [
      'an unexpected key',
      () => ({ ...goodDict(), gamma: [1, 2, 3] }),
      'RangeError',
      ['Unexpected key(s) in state_dict: ', 'gamma'],
    ],
    [
      'another prefix',
      () => ({ 'x.weight': [1, 2, 3] }),
      'RangeError',
      ['Missing key(s) in state_dict: ', 'weight', 'Unexpected key(s) in state_dict: ', 'x.weight'],
    ],
    ['inherited keys', inherited, 'RangeError', ['Missing key(s) in state_dict: ', 'weight', 'num_batches_tracked']],
    ['a key __proto__', () => hostile('__proto__'), 'RangeError', ['Unexpected key(s) in state_dict: ', '__proto__']],
    [
      'a key constructor',
      () => hostile('constructor'),
      'RangeError',
      ['Unexpected key(s) in state_dict: ', 'constructor'],
    ],
    ['a key toString', () => hostile('toString'), 'RangeError', ['Unexpected key(s) in state_dict: ', 'toString']],
    ['a short last value', () => ({ ...goodDict(), running_var: [1, 2] }), 'RangeError', ['running_var', '3', '2']],
    ['a long value', () => ({ ...goodDict(), bias: Float32Array.of(1, 2, 3, 4) }), 'RangeError', ['bias', '3', '4']],
    ['a ragged value', () => ({ ...goodDict(), bias: [[1, 2], [3]] }), 'RangeError', ['bias']],
    ['a string', () => ({ ...goodDict(), running_mean: 'abc' }), 'TypeError', ['running_mean']],
    ['a null', () => ({ ...goodDict(), running_mean: null }), 'TypeError', ['running_mean']],
    ['strings in an array', () => ({ ...goodDict(), weight: ['1', '2', '3'] }), 'TypeError', ['weight']],
    ['a counter of two', () => ({ ...goodDict(), num_batches_tracked: [1, 2] }), 'RangeError', ['num_batches_tracked']],
    ...[1.5, -1, Number.NaN, 2 ** 53].map((count): [string, () => Dict, 'RangeError', string[]] => [
      `a counter of ${count}`,
      () => ({ ...goodDict(), num_batches_tracked: count }),
      'RangeError',
      [`num_batches_tracked must be an integer ≥ 0, got ${count}`],
    ]),
    ...["'1'", 'null', 'true'].map((words): [string, () => Dict, 'TypeError', string[]] => [
      `a counter that is ${words}`,
      () => ({ ...goodDict(), num_batches_tracked: JSON.parse(words.replaceAll("'", '"')) }),
      'TypeError',
      ['num_batches_tracked', `got ${words}`],
    ]),
  ];

  test.each(refused)('%s is refused, and nothing is changed', (_, dict, name, text) => {
    const norm = trained();
    const before = stateOf(norm);
    expectRefusal(() => norm.loadStateDict(dict() as never), { name, text });
    expect(stateOf(norm)).toEqual(before);
    norm.loadStateDict(goodDict() as never);
    expect(stateOf(norm)).toEqual(goodDict());
  });

  test('a wrong length is refused without strictness, too', () => {
    const norm = trained();
    const before = stateOf(norm);
    const dict = { weight: [9, 9, 9], bias: [1] };
    expectRefusal(() => norm.loadStateDict(dict, { strict: false }), {
      name: 'RangeError',
      text: ['bias', '3', '1'],
    });
    expect(stateOf(norm)).toEqual(before);
  });

  test.each([
    [[4], [2, 2]],
    [[4], [4, 1]],
    [[4, 1], [4]],
    [
      [2, 2],
      [1, 4],
    ],
  ])('as many values of shape %j for a parameter of shape %j are refused', (given, own) => {
    scope(() => {
      const norm = keepLayer(new LayerNorm(own));
      const text = [`copying a param with shape [${given}] from checkpoint`, `in current model is [${own}]`];
      for (const weight of [zeros(given), { data: new Float32Array(4), shape: given }]) {
        expectRefusal(() => norm.loadStateDict({ weight } as never, { strict: false }), {
          name: 'RangeError',
          code: 'SHAPE',
          text,
        });
      }
    });
  });

  test.each([null, undefined, 7, 'weights'])('%p is no state dictionary', (dict) => {
    const norm = trained();
    expectRefusal(() => norm.loadStateDict(dict as never), { name: 'TypeError', code: 'TYPE' });
  });

  test('a disposed tensor among the values is refused', () => {
    const norm = trained();
    const before = stateOf(norm);
    const gone = tensor([1, 2, 3]);
    gone.dispose();
    expectRefusal(() => norm.loadStateDict({ ...goodDict(), running_var: gone } as never), {
      name: 'StateError',
      code: 'DISPOSED',
    });
    expect(stateOf(norm)).toEqual(before);
  });

  test('a dictionary without a prototype is as good as any', () => {
    const norm = trained();
    norm.loadStateDict(Object.assign(Object.create(null), goodDict()));
    expect(stateOf(norm)).toEqual(goodDict());
  });
});

describe('the error for keys that do not fit', () => {
  const message = (dict: Dict, options?: { prefix: string }) =>
    expectRefusal(() => keepLayer(new LayerNorm(2)).loadStateDict(dict as never, options), {
      name: 'RangeError',
      code: 'VALUE',
    }).message;
  const under = (prefix: string) => ({ [`${prefix}weight`]: [1, 2], [`${prefix}bias`]: [1, 2] });

  test('is PyTorch’s, with nothing behind it', () => {
    expect(message({})).toBe('Missing key(s) in state_dict: "weight", "bias".');
    expect(message({ ...under(''), a: 1, b: 2 })).toBe('Unexpected key(s) in state_dict: "a", "b".');
    expect(message({ weight: [1, 2], gamma: 1 })).toBe(
      'Missing key(s) in state_dict: "bias". Unexpected key(s) in state_dict: "gamma".',
    );
    expect(message({ 'a.weight': [1, 2] }, { prefix: 'a.' })).toBe('Missing key(s) in state_dict: "a.bias".');
  });

  test('tells of a prefix without its dot', () => {
    const text = "Keys begin with 'a.norm.': pass { prefix: 'a.norm.' }.";
    expect(message(under('a.norm.'), { prefix: 'a.norm' })).toContain(text);
    expect(message(under('other.'), { prefix: 'a.norm' })).not.toContain('pass');
  });

  test('tells the prefix that all keys have', () => {
    expect(message(under('a.norm.'))).toContain("Keys begin with 'a.norm.': pass { prefix: 'a.norm.' }.");
    expect(message({ ...under('a.'), ...under('b.') })).not.toContain('pass');
    expect(message({ gamma: 1 })).not.toContain('pass');
  });

  test('tells what to pass for a Map', () => {
    expectRefusal(() => keepLayer(new LayerNorm(2)).loadStateDict(new Map(Object.entries(under(''))) as never), {
      name: 'TypeError',
      code: 'TYPE',
      text: 'got a Map: pass Object.fromEntries(map)',
    });
  });

  test('takes a module for one, as a file of weights may be', async () => {
    const code = 'export const weight = [2, 3], bias = [4, 5];';
    const weights = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as StateDict;
    const norm = keepLayer(new LayerNorm(2));
    norm.loadStateDict(weights);
    expect([norm.weight.toArray(), norm.bias.toArray()]).toEqual([
      [2, 3],
      [4, 5],
    ]);
  });

  test.each([
    ['a Promise (await it)', Promise.resolve({})],
    ['an ArrayBuffer', new ArrayBuffer(8)],
    ['a Set', new Set(['weight'])],
  ])('takes nothing that has a tag for a dictionary, strict or not: %s', (words, dict) => {
    for (const strict of [true, false]) {
      expectRefusal(() => keepLayer(new LayerNorm(2)).loadStateDict(dict as never, { strict }), {
        name: 'TypeError',
        code: 'TYPE',
        text: `dict must be a plain object, as stateDict() returns one, got ${words}`,
      });
    }
  });
});
