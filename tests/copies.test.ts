// Two copies of the package in one process know each other’s errors and tensors.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const program = `
  import * as a from './a/index.js';
  import * as b from './b/index.js';
  const caught = (call) => { try { call(); } catch (error) { return error; } };
  const x = b.zeros([1, 2]);
  const y = a.layerNorm(b.tensor([[1, 3]]), [2], { eps: 0 });
  const gone = b.zeros([1]);
  gone.dispose();
  const state = caught(() => gone.data);
  // Much is written in one copy before the other's tensor is.
  const busy = a.tensor([1, 2]);
  a.layerNormForward(busy, 2);
  for (let i = 0; i < 5; i++) busy.copyFrom([1, 2]);
  const { saved } = a.layerNormForward(x, 2);
  x.copyFrom([[9, 1]]);
  const written = caught(() => a.backward(saved, b.zeros([1, 2])));
  console.log(JSON.stringify({
    apart: a.zeros !== b.zeros,
    known: a.isNormError(state, 'DISPOSED') && !a.isNormError(state, 'STATE'),
    normalized: [y.toArray(), y.runtime === x.runtime],
    copied: a.tensor(x).shape,
    written: a.isNormError(written, 'STATE'),
  }));
`;

test('errors and tensors of the other copy are known by brand, and run in their own runtime', () => {
  const folder = mkdtempSync(join(tmpdir(), 'normlayers-'));
  try {
    for (const copy of ['a', 'b']) {
      cpSync(fileURLToPath(new URL('../dist', import.meta.url)), join(folder, copy), { recursive: true });
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'program.js'), program);
    const { stdout, stderr } = spawnSync(process.execPath, ['program.js'], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      apart: true,
      known: true,
      normalized: [[[-1, 1]], true],
      copied: [1, 2],
      written: true,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
