// What `npm run test:package` makes of the places that it tries: nothing counts as passed that did not give the very answer,
// a place that is not here is not run, and docs/support.md says what was found.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Problem } from '../scripts/lib/problem.mjs';
import { partsOf } from '../scripts/package/document.mjs';
import { judge, type Kind } from '../scripts/package/judge.mjs';
import { count, type Place, visit } from '../scripts/package/matrix.mjs';

const hash = '0123456789abcdef';
const hashAlone = 'fedcba9876543210';
const project = { hash, hashAlone };
const refused = { code: 'UNSUPPORTED', message: "add 'wasm-unsafe-eval' to script-src" };
const sizes = { alone: { raw: 10 }, whole: { raw: 20 } };

/** Each judge with an answer that passes, and with those that do not. */
const JUDGES: Record<string, { good: unknown; bad: unknown[] }> = {
  numbers: { good: { hash }, bad: [{ hash: hashAlone }, {}, { refused }, undefined] },
  refusal: {
    good: { refused },
    bad: [
      { hash },
      {},
      { refused: { ...refused, code: 'TYPE' } },
      { refused: { ...refused, message: 'no' } },
      { refused: { message: refused.message } },
    ],
  },
  smaller: {
    good: { hash: hashAlone, sizes },
    bad: [
      { hash, sizes },
      { hash: hashAlone, sizes: { alone: { raw: 20 }, whole: { raw: 20 } } },
      { hash: hashAlone, sizes: { alone: { raw: 0 }, whole: { raw: 20 } } },
      { hash: hashAlone },
      { refused },
    ],
  },
  silence: { good: { complaints: [] }, bad: [{ complaints: ['error TS2307'] }, {}, undefined, { complaints: '' }] },
};

describe.each(Object.keys(JUDGES))('the judge of %s', (name) => {
  const { good, bad } = JUDGES[name]!;
  const kind: Kind = { judge: { other: 'numbers', otherwise: name } };

  test('takes the answer that is meant', () => {
    expect(() => judge(kind, 'any', good, project)).not.toThrow();
    expect(() => judge({ judge: name }, 'other', good, project)).not.toThrow();
  });

  test.each(bad.map((answer) => [answer]))('refuses %j', (answer) => {
    expect(() => judge(kind, 'any', answer, project)).toThrow();
  });
});

test('without bits to compare with, nothing passes', () => {
  expect(() => judge({ judge: 'numbers' }, 'any', {}, {})).toThrow('no bits');
  expect(() => judge({ judge: 'smaller' }, 'any', { sizes }, {})).toThrow('no bits');
});

describe('a place', () => {
  const kind = { key: 'k', title: 'Kind', columns: { one: 'one', two: 'two', three: 'three' }, judge: 'numbers' };
  const absent = () => Promise.reject(new Problem('ABSENT', 'not installed'));
  const outcomes = async (open: Place['open']) => {
    const { cells } = await visit(kind, { name: 'place', open }, project);
    return [cells.one, cells.two, cells.three];
  };

  test('has an outcome for each of its ways, and is closed', async () => {
    let closed = 0;
    const ways = { one: () => ({ hash }), two: absent };
    const close = () => {
      closed += 1;
    };
    expect(await outcomes(async () => ({ version: '1', ways, close }))).toEqual([
      { outcome: 'passed' },
      { outcome: 'not run', reason: 'not installed' },
      { outcome: 'none' },
    ]);
    expect(closed).toBe(1);
  });

  test('that is not here is not run, in all of its columns', async () => {
    const cell = { outcome: 'not run', reason: 'not installed' };
    expect(await outcomes(absent)).toEqual([cell, cell, cell]);
  });

  test('that breaks has failed, and so has a way that throws or gives other bits', async () => {
    const broken = () => Promise.reject(new Error('broken'));
    const cell = { outcome: 'failed', reason: 'broken' };
    expect(await outcomes(broken)).toEqual([cell, cell, cell]);
    const ways = { one: broken, two: () => ({ hash: hashAlone }), three: () => undefined };
    const cells = await outcomes(async () => ({ version: '1', ways }));
    expect(cells.map((one) => one?.outcome)).toEqual(['failed', 'failed', 'failed']);
    expect(cells[1]?.reason).toContain('other bits');
  });

  test('is counted by its cells', async () => {
    const places = [await visit(kind, { name: 'a', open: absent }, project)];
    places.push(
      await visit(kind, { name: 'b', open: async () => ({ version: '1', ways: { one: () => ({ hash }) } }) }, project),
    );
    expect(count([{ places }])).toEqual({ passed: 1, failed: 0, 'not run': 3, none: 2 });
  });
});

describe('docs/support.md', () => {
  const findings = JSON.parse(readFileSync('docs/support.json', 'utf8'));
  const text = readFileSync('docs/support.md', 'utf8');

  test('says what docs/support.json holds', () => {
    for (const [name, part] of Object.entries(partsOf(findings))) {
      expect(text).toContain(`<!-- ${name} -->\n\n${part}\n\n<!-- /${name} -->`);
    }
  });

  test('gives the reason of every cell that was not as it should be', () => {
    const [kind] = findings.kinds;
    const [place] = kind.places;
    const [column] = Object.keys(kind.columns);
    const other = (outcome: string) => ({
      ...findings,
      kinds: findings.kinds.with(0, {
        ...kind,
        places: [{ ...place, cells: { ...place.cells, [column!]: { outcome, reason: 'for a reason\nof its own' } } }],
      }),
    });
    const line = `- ${place.name}, ${kind.columns[column!]}: `;
    expect(partsOf(other('failed'))[kind.key]).toContain(`${line}failed, for a reason`);
    expect(partsOf(other('not run'))[kind.key]).toContain(`${line}not run, for a reason`);
    expect(partsOf(other('not run'))[kind.key]).not.toContain(' ✓ ');
  });
});
