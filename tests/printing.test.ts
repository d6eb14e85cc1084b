// How objects print, in templates, in the console and in JSON: by what they are, never by their internals.
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import {
  BatchNorm,
  createRuntime,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  layerNormForward,
  RMSNorm,
  scope,
  tensor,
  zeros,
} from 'normlayers';

const runtime = createRuntime();
const gone = tensor([1, 2], [2], { runtime });
gone.dispose();
const { saved } = layerNormForward(zeros([32, 256], { runtime }), 256);
const savedAndGone = layerNormForward(zeros([2, 3], { runtime }), 3).saved;
savedAndGone.dispose();
const layerAndGone = new LayerNorm(3);
layerAndGone.dispose();
const ended = createRuntime();
ended.dispose();

test.each<[string, object]>([
  ['Tensor float32 [2, 3]', zeros([2, 3], { runtime })],
  ['Tensor float32 [2] (disposed)', gone],
  ['Tensor float32 [4]', new BatchNorm(4, { runtime }).weight],
  ['Saved layerNorm [32, 256]', saved],
  ['Saved layerNorm [2, 3] (disposed)', savedAndGone],
  ['GroupNorm(32, 64) train', new GroupNorm(32, 64)],
  ['BatchNorm(64) eval', new BatchNorm(64).eval()],
  ['InstanceNorm(3) frozen', new InstanceNorm(3).freeze()],
  ['LayerNorm([768]) train', new LayerNorm(768)],
  ['RMSNorm([4, 5]) train', new RMSNorm([4, 5])],
  ['LayerNorm([3]) train (disposed)', layerAndGone],
  ['Runtime (disposed)', ended],
])('%s', (text, value) => {
  expect(String(value)).toBe(text);
  expect(inspect(value)).toBe(text);
  expect(JSON.stringify({ value })).toBe(JSON.stringify({ value: text }));
});

test('a runtime tells how many tensors it has', () => {
  const own = createRuntime();
  scope(
    () => {
      zeros([1]);
      zeros([1]);
      for (const text of [String(own), inspect(own), JSON.parse(JSON.stringify(own))]) {
        expect(text).toBe('Runtime (2 tensors)');
      }
    },
    { runtime: own },
  );
  own.dispose();
});

describe('what a layer was made with can be read', () => {
  test('eps: the default, the preset’s, one’s own', () => {
    expect([new LayerNorm(3), new RMSNorm(3), new RMSNorm(3, { eps: null })].map(({ eps }) => eps)).toEqual([
      1e-5,
      2 ** -23,
      2 ** -23,
    ]);
    expect(new BatchNorm(3, { preset: 'keras' }).eps).toBe(1e-3);
    expect(new GroupNorm(1, 3, { eps: 0.5 }).eps).toBe(0.5);
  });

  test('momentum and channelAxis, where there are any', () => {
    const { momentum, channelAxis } = new BatchNorm(3);
    expect([momentum, channelAxis]).toEqual([0.1, 1]);
    const last = new InstanceNorm(3, { momentum: null, channelAxis: -1 });
    expect([last.momentum, last.channelAxis]).toEqual([null, -1]);
    expect(new GroupNorm(1, 3, { preset: 'keras' }).channelAxis).toBe(-1);
    expect(new LayerNorm(3)).not.toHaveProperty('momentum');
  });
});
