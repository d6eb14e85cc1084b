// Tensors with the coordinates along their axes in another order, or the axes themselves.
import { sizeOf } from './geometry.ts';
import type { Random } from './random.ts';

type Floats = Float32Array | Float64Array;

/** For each element of the result, which element of the source it is. */
export type Order = Int32Array;

export const rearranged = <T extends Floats>(values: T, order: Order): T =>
  values.map((_, i) => values[order[i]!]!) as T;

/** `order` says which coordinate along `axis` comes where. */
export function along(shape: readonly number[], axis: number, order: readonly number[]): Order {
  const inner = sizeOf(shape.slice(axis + 1));
  const extent = shape[axis]!;
  return new Int32Array(sizeOf(shape)).map((_, i) => {
    const at = Math.floor(i / inner) % extent;
    return i + (order[at]! - at) * inner;
  });
}

/** [n, c, s], read as [n, s, c]. */
export function channelsMovedLast(n: number, c: number, s: number): Order {
  return new Int32Array(n * c * s).map((_, i) => {
    const [point, position, channel] = [Math.floor(i / (c * s)), Math.floor(i / c) % s, i % c];
    return (point * c + channel) * s + position;
  });
}

export function shuffled(length: number, r: Random): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = r.integer(0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
