// Grids and ticks that stay out of the way.
import { colour } from './theme.ts';

export const grid = { stroke: colour('rule'), strokeOpacity: 1 };

/** Ticks for a logarithmic scale over the values: powers of ten, or 1, 2 and 5 where few of them fit. */
export function logTicks(values: readonly number[]): number[] {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const from = Math.floor(Math.log10(least));
  const decades = Array.from({ length: Math.ceil(Math.log10(greatest)) - from + 1 }, (_, i) => from + i);
  const within = (steps: readonly number[]) =>
    decades
      .flatMap((power) => steps.map((step) => Number(`${step}e${power}`)))
      .filter((tick) => tick >= least && tick <= greatest);
  const tens = within([1]);
  const every = Math.ceil(tens.length / 5);
  return tens.length < 3 ? within([1, 2, 5]) : tens.filter((_, i) => i % every === 0);
}
