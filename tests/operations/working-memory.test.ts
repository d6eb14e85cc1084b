// A call takes memory for what it returns and saves, and for what its kernel says that it works in, and no more; and it
// writes to nothing behind that.
import { describe, expect, test } from '@jest/globals';
import { type AnyTensor, backward, createRuntime, scope, setDefaultRuntime, tensor } from 'normlayers';
import { guarded, kernelsOf } from '../support/allocations.ts';
import {
  apply,
  applyBackward,
  applyForward,
  type Case,
  centred,
  channelsOf,
  elements,
  hasRunning,
  type Options,
  parameters,
  perElement,
  statisticsShape,
  title,
} from '../support/operations.ts';
import { bothLayouts, large, samples } from '../support/shapes.ts';
import { numbers, tensors } from '../support/verify.ts';

const runtime = createRuntime();
setDefaultRuntime(runtime);
const kernels = kernelsOf(runtime);

const whole = (bytes: number) => Math.ceil(bytes / 64) * 64;

/** Means, on a boundary of their own, and rstds, in float64. */
function statisticsBytes(c: Case, frozen: boolean): number {
  const count = frozen ? channelsOf(c) : statisticsShape(c).reduce((a, b) => a * b, 1);
  return (centred(c) ? whole(8 * count) : 0) + 8 * count;
}

/** What the kernel of the operation says that it works in, of the shape that it is given. */
function kernelBytes(c: Case, frozen: boolean): number {
  const [n, all] = [c.shape[0]!, elements(c)];
  if (perElement(c)) return kernels.layer_norm_scratch(all / parameters(c), parameters(c));
  const channels = channelsOf(c);
  const s = c.shape.slice(1).reduce((a, b) => a * b, 1) / channels;
  const last = c.channelAxis === -1 && c.shape.length > 2;
  if (c.op === 'batchNorm' || frozen) return kernels.batch_norm_scratch(last ? n * s : n, channels, last ? 1 : s);
  return kernels.group_norm_scratch(n, channels, s, c.numGroups ?? channels, last ? 1 : 0);
}

const more: readonly Case[] = [...bothLayouts('batchNorm', [2, 3, 999]), ...bothLayouts('groupNorm', [30, 40], 8)];
const empty: readonly Case[] = samples.map((c) => ({ ...c, shape: [0, ...c.shape.slice(1)] }));

describe.each([...samples, ...large, ...more, ...empty].map((c) => [title(c), c] as const))('%s', (_, c) => {
  const ways: [name: string, frozen: boolean][] = [['by its own statistics', false]];
  if (hasRunning(c)) ways.push(['by running ones', true]);

  test.each(ways)('%s', (_name, frozen) => {
    scope(() => {
      const n = numbers(c, { frozen });
      const { x, dy, options } = tensors(c, n);
      const own = kernelBytes(c, frozen);
      const forwardOwn = perElement(c) ? 0 : own;
      const statistics = statisticsBytes(c, frozen);
      const [y, parameter] = [4 * elements(c), 4 * parameters(c)];
      const gradients = [y, parameter, parameter];
      /** Blocks of no bytes are not asked for. */
      const asked = (call: () => unknown) => guarded(runtime, call).blocks;
      const some = (...blocks: number[]) => blocks.filter((bytes) => bytes > 0);

      expect(asked(() => apply(c, x, options))).toEqual(some(y, whole(forwardOwn) + (frozen ? statistics : 0)));
      expect(asked(() => applyForward(c, x, options))).toEqual(some(statistics, y, forwardOwn));
      const { saved } = applyForward(c, x, options);
      expect(asked(() => backward(saved, dy))).toEqual(some(...gradients, whole(own)));
      expect(asked(() => applyBackward(c, dy, x, options))).toEqual(some(...gradients, whole(own) + statistics));
      const needs = { dx: false, dweight: false, dbias: false };
      expect(asked(() => backward(saved, dy, { needs }))).toEqual([]);
      if (frozen) return;
      const given = (dtype: 'float32' | 'float64'): Options => {
        const copy = (t: AnyTensor) => tensor(t.toTypedArray(), t.shape, { dtype }) as AnyTensor;
        return { ...options, ...(saved.mean ? { mean: copy(saved.mean) } : {}), rstd: copy(saved.rstd) };
      };
      const [single, double] = [given('float32'), given('float64')];
      expect(asked(() => applyBackward(c, dy, x, double))).toEqual(some(...gradients, whole(own)));
      expect(asked(() => applyBackward(c, dy, x, single))).toEqual(some(...gradients, whole(own) + statistics));
    });
  });
});
