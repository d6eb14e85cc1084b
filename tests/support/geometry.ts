// Which statistic and which parameter each element of a tensor belongs to: the one scheme behind every operation,
// as index arithmetic over any axes, so that the oracle knows nothing of layouts.

// In jest’s realm a global costs a slow look-up each time: not in loops over millions of elements.
const { floor } = Math;

export interface Geometry {
  /** For each element, the index of its statistic, of its parameter, and how many of each there are. */
  readonly statistic: Int32Array;
  readonly parameter: Int32Array;
  readonly statistics: number;
  readonly parameters: number;
}

/** Axis `axis` counted in `parts` equal runs of its coordinates, as the groups of group norm. */
export interface Split {
  readonly axis: number;
  readonly parts: number;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export function geometry(
  shape: readonly number[],
  statisticAxes: readonly number[],
  parameterAxes: readonly number[],
  split?: Split,
): Geometry {
  const statistic = indexOver(shape, statisticAxes, split);
  const parameter = indexOver(shape, parameterAxes);
  return {
    statistic: statistic.index,
    parameter: parameter.index,
    statistics: statistic.count,
    parameters: parameter.count,
  };
}

function indexOver(shape: readonly number[], axes: readonly number[], split?: Split) {
  const extent = (axis: number) => (split?.axis === axis ? split.parts : shape[axis]!);
  const index = new Int32Array(sizeOf(shape));
  const at = shape.map(() => 0);
  for (let i = 0; i < index.length; i++) {
    let k = 0;
    for (const axis of axes) {
      const run = shape[axis]! / extent(axis);
      k = k * extent(axis) + floor(at[axis]! / run);
    }
    index[i] = k;
    next(at, shape);
  }
  return { index, count: axes.reduce((n, axis) => n * extent(axis), 1) };
}

/** The coordinates that follow in row-major order. */
function next(at: number[], shape: readonly number[]): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    at[axis]!++;
    if (at[axis]! < shape[axis]!) return;
    at[axis] = 0;
  }
}
