// The bits do not depend on which of the engine's compilers made the machine code, the baseline one that starts or the
// optimising one that takes over: the corpus by the public API has the hash of native Rust, and calls that are repeated in
// an ordinary process until the second compiler has stepped in keep their bits.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';

const node = (...args: string[]) => spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 24 });
const expected = /^hash (.+)$/m.exec(readFileSync('tests/corpus/corpus.txt', 'utf8'))?.[1];

let program = '';

beforeAll(() => {
  const { stdout, stderr } = node('tests/corpus/bundle.mjs');
  expect(stderr).toBe('');
  program = stdout;
});

test.each([
  ['the baseline compiler', '--liftoff-only'],
  ['the optimising one', '--no-liftoff'],
])(
  'the corpus by %s has the hash of native Rust',
  (_, ...flags) => {
    const { stdout, stderr } = node(...flags, 'scripts/lib/show.mjs', pathToFileURL(program).href);
    expect(stderr).toBe('');
    const { hash, cases } = JSON.parse(stdout);
    expect(Object.keys(cases).length).toBeGreaterThan(1000);
    expect(hash).toBe(expected);
  },
  60_000,
);

const repeated = `
  import { layerNormBackward, batchNormBackward, groupNormBackward, layerNorm, batchNorm, groupNorm, tensor } from 'normlayers';
  const values = (size, by) => Float32Array.from({ length: size }, (_, i) => Math.fround(((i * by) % 997) / 31 - 9));
  const [x, dy] = [tensor(values(2400, 37), [4, 6, 100]), tensor(values(2400, 53), [4, 6, 100])];
  const out = { y: tensor(x), dx: tensor(x) };
  const calls = {
    layer: [() => layerNorm(x, 100, { out: out.y }), () => layerNormBackward(dy, x, 100, { out: { dx: out.dx } })],
    batch: [() => batchNorm(x, { out: out.y }), () => batchNormBackward(dy, x, { out: { dx: out.dx } })],
    last: [-1].flatMap((channelAxis) => [
      () => batchNorm(x, { channelAxis, out: out.y }),
      () => batchNormBackward(dy, x, { channelAxis, out: { dx: out.dx } }),
    ]),
    group: [() => groupNorm(x, 2, { out: out.y }), () => groupNormBackward(dy, x, 2, { out: { dx: out.dx } })],
  };
  const bits = () => [out.y, out.dx].map(({ data }) => new Uint32Array(data.buffer, data.byteOffset, data.length).join());
  const changed = [];
  for (const [name, [forward, back]] of Object.entries(calls)) {
    forward();
    back();
    const first = bits();
    for (let i = 0; i < 3000; i++) {
      forward();
      back();
      if (i % 100 === 99 && bits().some((text, k) => text !== first[k])) changed.push(name + ' ' + i);
    }
  }
  console.log(JSON.stringify({ names: Object.keys(calls), changed }));
`;

test('repeated calls keep their bits', () => {
  const { stdout, stderr } = node('--input-type=module', '--eval', repeated);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ names: ['layer', 'batch', 'last', 'group'], changed: [] });
}, 60_000);
