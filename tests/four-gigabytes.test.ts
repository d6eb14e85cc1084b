// At the far end of the largest memory, where addresses no longer fit 32 bits.
import { afterEach, expect, test } from '@jest/globals';
import {
  createRuntime,
  empty,
  full,
  groupNormBackward,
  layerNorm,
  layerNormBackward,
  type Runtime,
  type Tensor,
  tensor,
  zeros,
} from 'normlayers';
import { expectRefusal } from './support/errors.ts';

const GiB = 2 ** 30;

let runtime: Runtime;
afterEach(() => runtime.dispose());

/** Takes all but the last `bytes` of a memory of 4 GiB; untouched pages cost nothing. */
function fillUpTo(bytes: number): void {
  runtime = createRuntime({ initialMemory: 4 * GiB });
  const first = empty([1], { runtime });
  const start = first.byteOffset + 64;
  empty([(4 * GiB - start - bytes) / 4], { runtime });
}

test('tensors in the last bytes are computed', () => {
  fillUpTo(8192);
  const tensors: Tensor[] = [];
  expectRefusal(
    () => {
      for (;;) tensors.push(empty([16], { runtime }));
    },
    { name: 'MemoryError', code: 'MEMORY' },
  );
  const [y, x] = tensors.slice(-2) as [Tensor, Tensor];
  expect(x.byteOffset).toBeGreaterThan(4 * GiB - 8192);
  x.copyFrom(Float32Array.from({ length: 16 }, (_, i) => i));
  y.copyFrom(new Float32Array(16).fill(-7));
  layerNorm(x, 16, { out: y });
  layerNorm(x, 16, { out: x });
  expect(y.data[0]).toBeCloseTo(-1.627, 3);
  expect(x.toArray()).toEqual(y.toArray());
});

test('memory that grows there is computed as well', () => {
  runtime = createRuntime({ initialMemory: 4 * GiB - 65536 });
  const first = empty([1], { runtime });
  empty([(4 * GiB - 65536 - first.byteOffset - 64) / 4], { runtime });
  const half = Array.from({ length: 2 }, () => empty([8192 - 32], { runtime }));
  expect(half[1]!.byteOffset + 4 * half[1]!.size).toBeLessThan(4 * GiB);
  half[0]!.data.fill(1);
  half[0]!.data[0] = 5;
  half[1]!.data.fill(-7);
  expect(layerNorm(half[0]!, half[0]!.size, { out: half[1]!, eps: 0 }).data[0]).toBeGreaterThan(80);
});

test('a block of a whole page there is refused', () => {
  runtime = createRuntime({ initialMemory: 4 * GiB - 65536 });
  const first = empty([1], { runtime });
  empty([(4 * GiB - 65536 - first.byteOffset - 64) / 4], { runtime });
  expectRefusal(() => empty([16384], { runtime }), { name: 'MemoryError', code: 'MEMORY' });
});

// 12 bytes of scratch for each element of a row come to 4 GiB and a little.
const LENGTH = Math.ceil(2 ** 32 / 12);

test('scratch memory beyond 4 GiB is refused, and nothing is written', () => {
  runtime = createRuntime({ initialMemory: 4 * GiB });
  const hole = empty([64], { runtime });
  const victim = full([1000], 5, { runtime });
  const [x, dy] = [0, 1].map(() => empty([1, LENGTH], { runtime })) as [Tensor, Tensor];
  hole.dispose();
  const before = runtime.memory();
  const refusal = { name: 'MemoryError', code: 'MEMORY' } as const;
  expectRefusal(() => layerNormBackward(dy, x, LENGTH, { out: { dx: dy } }), refusal);
  const [x4, dy4] = [x.reshape([1, LENGTH, 1]), dy.reshape([1, LENGTH, 1])];
  expectRefusal(() => groupNormBackward(dy4, x4, 1, { out: { dx: dy4 } }), refusal);
  expect(victim.data.every((value) => value === 5)).toBe(true);
  expect(runtime.memory().bytesInUse).toBe(before.bytesInUse);
});

test('an empty batch of large points needs no scratch memory', () => {
  runtime = createRuntime({ maxMemory: 2 ** 21 });
  for (const length of [LENGTH, GiB, 2 ** 32 - 1]) {
    const [x, dy] = [0, 1].map(() => zeros([0, length], { runtime })) as [Tensor, Tensor];
    expect(layerNormBackward(dy, x, length).dx.shape).toEqual([0, length]);
    expect(groupNormBackward(dy, x, 1).dx.shape).toEqual([0, length]);
  }
  expect(tensor([1, 2], undefined, { runtime }).toArray()).toEqual([1, 2]);
});
