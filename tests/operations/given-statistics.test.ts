// Statistics that a caller gives to the stateless backward: in float32 or float64, each as it likes, and taken as they are.
import { describe, expect, test } from '@jest/globals';
import { type AnyTensor, createRuntime, scope, setDefaultRuntime, tensor } from 'normlayers';
import { guarded } from '../support/allocations.ts';
import { expectSameBits } from '../support/bits.ts';
import { applyBackward, centred, type GradientTensors, statisticsShape, title } from '../support/operations.ts';
import { samples } from '../support/shapes.ts';
import { expectGradients, gradients, numbers, tensors } from '../support/verify.ts';

// What was freed is NaN: a statistic that is read where none was written shows.
const runtime = createRuntime({ debug: true });
setDefaultRuntime(runtime);

const dtypes = ['float32', 'float64'] as const;
type DType = (typeof dtypes)[number];

describe.each(samples.map((c) => [title(c), c] as const))('%s', (_, c) => {
  const n = numbers(c);
  const shape = statisticsShape(c);
  // Not those of x: it shows when they are found anew.
  const rounded = {
    mean: Float32Array.from(n.statistics.mean, (value) => value + 0.01),
    rstd: Float32Array.from(n.statistics.rstd, (value) => value * 1.01),
  };
  const given = (mean: DType, rstd: DType): Record<string, AnyTensor> => ({
    ...(centred(c) ? { mean: tensor(rounded.mean, shape, { dtype: mean }) as AnyTensor } : {}),
    rstd: tensor(rounded.rstd, shape, { dtype: rstd }) as AnyTensor,
  });
  const pairs = dtypes.flatMap((rstd) => (centred(c) ? dtypes : [rstd]).map((mean) => [mean, rstd] as const));

  test('they are taken as they are', () => {
    scope(() => {
      const { x, dy, options } = tensors(c, n);
      const taken = { mean: Float64Array.from(rounded.mean), rstd: Float64Array.from(rounded.rstd) };
      if (!centred(c)) taken.mean.fill(0);
      expectGradients(n, applyBackward(c, dy, x, { ...options, ...given('float64', 'float64') }), {}, taken);
    });
  });

  test.each(pairs)(
    'a mean in %s and rstd in %s give the bits of both in float64, in memory of their own',
    (...pair) => {
      scope(() => {
        const { x, dy, options } = tensors(c, n);
        const expected = applyBackward(c, dy, x, { ...options, ...given('float64', 'float64') });
        const statistics = given(...pair);
        const call = () => applyBackward(c, dy, x, { ...options, ...statistics });
        const { result } = guarded(runtime, call);
        for (const key of gradients) expectSameBits(result[key]?.data, expected[key]?.data, key);
        // Again, on scratch that holds what the first call left there.
        const again: GradientTensors = call();
        for (const key of gradients) expectSameBits(again[key]?.data, expected[key]?.data, `${key}, again`);
        for (const name of ['mean', 'rstd'] as const) {
          const { data } = statistics[name] ?? {};
          if (data) expect([name, ...data]).toEqual([name, ...rounded[name]]);
        }
      });
    },
  );
});
