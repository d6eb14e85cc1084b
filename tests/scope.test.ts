// Scopes dispose of what was made inside them and not returned or kept, however they end.
import { describe, expect, test } from '@jest/globals';
import {
  backward,
  createRuntime,
  keep,
  LayerNorm,
  layerNormForward,
  memory,
  type LayerNorm as Norm,
  scope,
  type Tensor,
  tensor,
  zeros,
} from 'normlayers';
import { expectRefusal } from './support/errors.ts';

const alive = (...tensors: Tensor[]) => tensors.map((t) => !t.disposed);
const inUse = () => {
  const { tensors, bytesInUse } = memory();
  return { tensors, bytesInUse };
};

test('what is not returned is disposed of, and the result is that of the function', () => {
  const before = inUse();
  let inner: Tensor | undefined;
  expect(
    scope(() => {
      inner = zeros([3]);
      return 7;
    }),
  ).toBe(7);
  expect(inner!.disposed).toBe(true);
  expect(inUse()).toEqual(before);
});

test('what is returned survives: a tensor, and those in arrays and plain objects at any depth', () => {
  const [a, b, c, d] = [
    scope(() => zeros([1])),
    scope(() => [zeros([2]), zeros([3])] as const)[1],
    scope(() => ({ deep: [{ t: zeros([4]) }] })).deep[0]!.t,
    scope(() => Object.assign(Object.create(null), { t: zeros([5]) }) as { t: Tensor }).t,
  ];
  expect(alive(a, b, c, d)).toEqual([true, true, true, true]);
  for (const t of [a, b, c, d]) t.dispose();
});

test('what is in an object of a class is not returned: nobody can say what that does with it', () => {
  class Model {
    readonly weight = zeros([1]);
  }
  class Small extends Model {}
  const [model, small] = [scope(() => new Model()), scope(() => [new Small()])[0]];
  expect(alive(model.weight, small!.weight)).toEqual([false, false]);
});

test('a result disposes of what is still in it', () => {
  const before = inUse();
  const result = layerNormForward(zeros([1, 2]), 2) as { y: Tensor | null; [Symbol.dispose](): void };
  const { y } = result;
  result.y = null;
  result[Symbol.dispose]();
  expect(y!.disposed).toBe(false);
  y!.dispose();
  expect(inUse().tensors).toBe(before.tensors + 1);
});

test('views that are returned keep their memory', () => {
  const view = scope(() =>
    tensor([
      [1, 2],
      [3, 4],
    ]).rows(1),
  );
  expect(view.toArray()).toEqual([[3, 4]]);
  view.dispose();
});

test('what was made outside is left alone, also when a scope returns it', () => {
  const outside = zeros([3]);
  scope(() => {
    outside.reshape([3, 1]);
    scope(() => outside);
  });
  expect(outside.disposed).toBe(false);
  outside.dispose();
});

test('everything is disposed of when the function throws', () => {
  const before = inUse();
  const failure = new Error('mine');
  let inner: Tensor | undefined;
  expect(() =>
    scope(() => {
      inner = zeros([3]);
      scope(() => zeros([4]));
      throw failure;
    }),
  ).toThrow(failure);
  expect(inner!.disposed).toBe(true);
  expect(inUse()).toEqual(before);
});

test('what is made after an inner scope belongs to the outer one', () => {
  let after: Tensor | undefined;
  scope(() => {
    scope(() => {});
    after = zeros([1]);
  });
  expect(after!.disposed).toBe(true);
});

test('a scope that failed does not stay open', () => {
  expect(() =>
    scope(() => {
      throw new Error('mine');
    }),
  ).toThrow();
  const t = zeros([1]);
  scope(() => {});
  expect(t.disposed).toBe(false);
  t.dispose();
});

test('what an inner scope returns passes to the enclosing one', () => {
  let inner: Tensor | undefined;
  scope(() => {
    inner = scope(() => zeros([3]));
    expect(inner.disposed).toBe(false);
  });
  expect(inner!.disposed).toBe(true);
});

describe('keep', () => {
  test('takes a value out of all scopes and returns it', () => {
    let kept: Tensor | undefined;
    let list: { parts: Tensor[] } | undefined;
    scope(() => {
      scope(() => {
        const t = zeros([3]);
        kept = keep(t);
        expect(kept).toBe(t);
        list = keep({ parts: [zeros([1]), zeros([2])] });
      });
    });
    expect(alive(kept!, ...list!.parts)).toEqual([true, true, true]);
    for (const t of [kept!, ...list!.parts]) t.dispose();
  });

  test('holds also when the function throws', () => {
    let kept: Tensor | undefined;
    expect(() =>
      scope(() => {
        kept = keep(zeros([3]));
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(kept!.disposed).toBe(false);
    kept!.dispose();
  });

  test('outside of scopes is harmless', () => {
    const t = zeros([1]);
    expect(keep(t)).toBe(t);
    t.dispose();
  });
});

describe('saved state', () => {
  const forward = () => layerNormForward(tensor([[1, 2, 3]]), [3], { weight: tensor([1, 2, 3]) });

  test('that is returned survives with all it holds', () => {
    const { y, saved } = scope(forward);
    const dx = scope(() => backward(saved, tensor([[1, 0, 0]])).dx!);
    expect(alive(y, dx)).toEqual([true, true]);
    expect([saved.x.toArray(), saved.weight!.toArray(), saved.rstd.size]).toEqual([[[1, 2, 3]], [1, 2, 3], 1]);
    y.dispose();
    dx.dispose();
    saved.dispose();
  });

  test('that is not returned goes', () => {
    const before = inUse();
    scope(() => {
      forward();
    });
    const { y } = scope(() => ({ y: forward().y }));
    y.dispose();
    expect(inUse()).toEqual(before);
  });

  test('that is kept stays', () => {
    let saved: ReturnType<typeof forward>['saved'] | undefined;
    scope(() => {
      saved = keep(forward().saved);
    });
    expect(saved!.x.toArray()).toEqual([[1, 2, 3]]);
    saved!.dispose();
  });
});

test('a tensor disposed of by hand inside is no trouble', () => {
  const before = inUse();
  scope(() => zeros([3]).dispose());
  expect(inUse()).toEqual(before);
});

test('layers made inside outlive the scope', () => {
  let norm: Norm | undefined;
  scope(() => {
    norm = new LayerNorm(3);
    norm.forward(tensor([[1, 2, 3]]), { save: false });
  });
  expect(norm!.weight.disposed).toBe(false);
  norm!.dispose();
});

describe('a promise from the function', () => {
  test('is refused, and what was made is disposed of', () => {
    let inner: Tensor | undefined;
    const asynchronous = async () => {
      inner = zeros([3]);
    };
    expectRefusal(() => scope(asynchronous as never), { name: 'TypeError' });
    expect(inner!.disposed).toBe(true);
  });

  test('is known by its `then`', () => {
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
    expectRefusal(() => scope(() => ({ then: () => {} }) as never), { name: 'TypeError' });
  });
});

describe('the runtime of a scope', () => {
  test('is the default inside, and only there', () => {
    const runtime = createRuntime();
    scope(
      () => {
        expect(zeros([1]).runtime).toBe(runtime);
        scope(() => expect(zeros([1]).runtime).toBe(runtime));
        expect(memory()).toEqual(runtime.memory());
      },
      { runtime },
    );
    const t = zeros([1]);
    expect(t.runtime).not.toBe(runtime);
    t.dispose();
    expect(runtime.memory().tensors).toBe(0);
    runtime.dispose();
  });

  test('is the former one again when the function throws', () => {
    const runtime = createRuntime();
    expect(() =>
      scope(
        () => {
          throw new Error('mine');
        },
        { runtime },
      ),
    ).toThrow('mine');
    const t = zeros([1]);
    expect(t.runtime).not.toBe(runtime);
    t.dispose();
    runtime.dispose();
  });

  test('may be disposed of inside the scope', () => {
    const runtime = createRuntime();
    scope(
      () => {
        zeros([1]);
        runtime.dispose();
      },
      { runtime },
    );
    expect(runtime.disposed).toBe(true);
  });
});

test('a function that is none is refused', () => {
  expectRefusal(() => scope(7 as never), { name: 'TypeError', code: 'TYPE' });
});

describe('the error for what a scope has freed', () => {
  const cure = ['by the scope it was made in', 'return it (alone, in an array or plain object)', 'keep() it'];
  const disposed = { name: 'StateError', code: 'DISPOSED' } as const;

  test('tells so, of tensors and saved states', () => {
    const escaped: { x?: Tensor; saved?: ReturnType<typeof layerNormForward>['saved'] } = {};
    scope(() => {
      escaped.x = zeros([2, 3]);
      escaped.saved = layerNormForward(escaped.x, 3).saved;
    });
    expectRefusal(() => escaped.x!.data, { ...disposed, text: ['the tensor was disposed', ...cure] });
    expectRefusal(() => layerNormForward(escaped.x!, 3), { ...disposed, text: ['x was disposed', ...cure] });
    expectRefusal(() => escaped.saved!.rstd, { ...disposed, text: ['saved was disposed', ...cure] });
  });

  test('does not blame a scope for what its user disposed', () => {
    const inside = scope(() => {
      const several = Array.from({ length: 4 }, () => zeros([3]));
      for (const t of several) t.dispose();
      return { several, returned: zeros([3]) };
    });
    inside.returned.dispose();
    for (const t of [...inside.several, inside.returned]) {
      const { message } = expectRefusal(() => t.data, disposed);
      expect(message).toBe('the tensor was disposed: use it before dispose(), or the end of its using block');
    }
  });
});
