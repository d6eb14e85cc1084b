// A user whose TypeScript knows `using`: everything disposable is accepted, without a lib that declares it.

import { createRuntime, GroupNorm, groupNorm, groupNormForward, tensor } from 'normlayers';

export function normalise(pixels: Float32Array): ReturnType<Float32Array['slice']> {
  using runtime = createRuntime();
  using x = tensor(pixels, [2, 4, 8], { runtime });
  using y = groupNorm(x, 2);
  using forward = groupNormForward(x, 2);
  using saved = forward.saved;
  const norm = new GroupNorm(2, 4);
  using out = norm.forward(saved.x);
  return y.size === out.size ? y.toTypedArray() : forward.y.toTypedArray();
}
