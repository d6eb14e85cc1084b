// A long run of mixed calls, good and bad, ends with the memory it began with: every tensor and byte given back, and not
// a page more than after the first rounds.
import { expect, test } from '@jest/globals';
import {
  type AnyTensor,
  backward,
  createRuntime,
  isNormError,
  keep,
  type Layer,
  memory,
  type Saved,
  scope,
  setDefaultRuntime,
  type Tensor,
  tensor,
  zeros,
} from 'normlayers';
import { effort, full, SEED } from '../support/effort.ts';
import { kinds } from '../support/layers.ts';
import {
  apply,
  applyBackward,
  applyForward,
  type Case,
  elements,
  type GradientTensors,
  type Options,
  parameterShape,
  parameters,
} from '../support/operations.ts';
import { normals, random } from '../support/random.ts';
import { samples } from '../support/shapes.ts';

const CALLS = effort(20_000, 1_000_000);
/** After as many calls everything has had its largest size once. */
const WARM_UP = 4000;

// In jest’s realm a global costs a slow look-up each time.
const { floor } = Math;

test('a soak of mixed calls leaves nothing', () => {
  using runtime = createRuntime({ debug: !full });
  setDefaultRuntime(runtime);
  const r = random(SEED);
  const pick = <T>(list: readonly T[]): T => list[floor(r.uniform() * list.length)] as T;
  const givens = samples.map((c: Case) => ({
    c,
    x: tensor(normals(elements(c), 1), c.shape),
    dy: tensor(normals(elements(c), 2), c.shape),
    out: zeros(c.shape),
    weight: tensor(normals(parameters(c), 3), parameterShape(c)),
    gone: (() => {
      const t = zeros(c.shape);
      t.dispose();
      return t;
    })(),
  }));
  const layers = kinds.map((kind) => ({ kind, layer: kind.make() as Layer, x: zeros(kind.case.shape) }));
  /** What is kept for a while, in no order. */
  const held: (Tensor | AnyTensor | Saved)[] = [];
  let calls = 0;
  let refused = 0;

  const hold = <T extends Tensor | AnyTensor | Saved>(item: T): T => {
    // Not what was held last, which its round still uses.
    if (held.length > 40) held.splice(floor(r.uniform() * 30), 1)[0]?.dispose();
    held.push(keep(item));
    return item;
  };
  const refuse = (call: () => unknown) => {
    try {
      call();
    } catch (error) {
      if (!isNormError(error)) throw error;
      refused++;
      return;
    }
    throw new Error('a bad call was taken');
  };

  const rounds: (() => void)[] = [
    () => {
      const { c, x, weight, out } = pick(givens);
      apply(c, x, { weight, out });
      hold(apply(c, x, { weight }));
      calls += 2;
    },
    () => {
      const { c, x, dy, weight } = pick(givens);
      const { y, saved } = applyForward(c, x, { weight });
      const { dx, dweight } = backward(saved, dy) as GradientTensors;
      dweight?.dispose();
      dx?.dispose();
      hold(saved);
      hold(y);
      calls += 2;
    },
    () => {
      const { c, x, dy, weight } = pick(givens);
      scope(() => {
        const { saved } = applyForward(c, x, { weight });
        const again = applyForward(c, dy, { weight, reuse: saved });
        return r.uniform() < 0.3 ? hold(again.y) : backward(again.saved, x).dx;
      })?.dispose();
      calls += 3;
    },
    () => {
      const { c, x, dy, weight, out } = pick(givens);
      scope(() => applyBackward(c, dy, x, { weight, out: { dx: out } }).dweight)?.dispose();
      calls += 1;
    },
    () => {
      const { kind, layer, x } = pick(layers);
      scope(() => {
        layer.forward(x);
        layer.backward(x);
        const { saved } = layer.record(x);
        layer.backward(x, { saved });
        if (r.uniform() < 0.2) layer.loadStateDict(layer.stateDict());
        if (r.uniform() < 0.2) layer.eval().forward(x);
        layer.train().zeroGrad();
      });
      if (r.uniform() < 0.05) {
        layer.dispose();
        const at = layers.findIndex((entry) => entry.layer === layer);
        layers[at] = { kind, layer: kind.make() as Layer, x };
      }
      calls += 6;
    },
    () => {
      const t = hold(tensor(normals(12, calls), [3, 4]));
      hold(t.rows(1, 3));
      hold(scope(() => t.reshape([4, 3]).clone()));
      t.copyFrom(normals(12, calls));
      calls += 4;
    },
    () => {
      const { c, x, dy, gone, weight } = pick(givens);
      refuse(() => apply(c, gone));
      refuse(() => apply(c, x, { weight: gone } as Options));
      refuse(() => apply(c, x, { eps: -1 }));
      refuse(() => applyForward(c, x, { weight, out: x }));
      refuse(() => applyBackward(c, gone, x));
      refuse(() => applyBackward(c, dy, x, { needs: { dz: true } as never }));
      refuse(() => apply(c, new Proxy(x, {})));
      refuse(() => zeros([-1]));
      refuse(() => zeros([2 ** 31, 2]));
      refuse(() => tensor([[1], [1, 2]]));
      refuse(() => pick(layers).layer.forward(gone));
      refuse(() =>
        scope(() => {
          zeros([5]);
          apply(c, x, { out: gone });
        }),
      );
      calls += 13;
    },
  ];

  const begin = memory();
  let warm = begin;
  const clear = () => {
    for (const item of held.splice(0)) item.dispose();
  };
  const layersAlone = () => {
    clear();
    for (const { kind, layer } of layers) {
      layer.dispose();
      const at = layers.findIndex((entry) => entry.layer === layer);
      layers[at] = { ...layers[at]!, layer: kind.make() as Layer };
    }
  };
  while (calls < CALLS) {
    pick(rounds)();
    if (warm === begin && calls >= WARM_UP) {
      layersAlone();
      warm = memory();
    }
  }
  layersAlone();
  const end = memory();
  expect({ ...end, bytesReserved: 0 }).toEqual({ ...begin, bytesReserved: 0 });
  expect(end.bytesReserved).toBe(warm.bytesReserved);
  expect(refused).toBeGreaterThan(CALLS / 10);
});
