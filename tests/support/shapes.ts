// The shapes on which every operation is tried: all ranks, both layouts, odd sizes, ones in every place.
import { type Case, hasRunning, type Name } from './operations.ts';

/** A case of a channelled operation in both layouts, its shape given channels first. */
export function bothLayouts(op: Name, shape: readonly number[], numGroups?: number): Case[] {
  const groups = numGroups === undefined ? {} : { numGroups };
  const [batch, channels, ...spatial] = shape as [number, number, ...number[]];
  return [
    { op, shape, channelAxis: 1, ...groups },
    { op, shape: [batch, ...spatial, channels], channelAxis: -1, ...groups },
  ];
}

const rows: [number[], number][] = [
  [[5], 1],
  [[1, 33], 1],
  [[3, 7], 1],
  [[3, 7], 2],
  [[2, 3, 5], 1],
  [[2, 3, 5], 2],
  [[4, 17, 9], 2],
  [[2, 2, 3, 4], 3],
  [[70, 66], 1],
  [[2, 1, 3, 2, 5], 2],
  [[2, 1, 2, 1, 2, 3], 4],
  [[1, 2, 1, 2, 2, 2, 3], 1],
  [[2, 1, 2, 1, 2, 1, 2, 5], 3],
];

const images: number[][] = [
  [2, 3, 5],
  [3, 4, 7],
  [1, 6, 3, 3],
  [2, 8, 4, 5],
  [5, 2, 1, 9],
  [2, 20, 7, 7],
  [3, 68, 2, 3],
  [2, 4, 2, 3, 2],
  [2, 2, 2, 1, 2, 3],
  [1, 4, 2, 1, 2, 1, 3],
  [2, 2, 1, 2, 1, 2, 1, 3],
];

const flat: number[][] = [
  [2, 1],
  [9, 4],
  [5, 7],
  [67, 33],
];

const groupings = (channels: number): number[] =>
  [1, 2, 4, channels].filter((g, i, all) => channels % g === 0 && all.indexOf(g) === i);

export const cases: readonly Case[] = [
  ...rows.flatMap(([shape, depth]) =>
    (['layerNorm', 'rmsNorm'] as const).map((op) => ({ op, shape, normalizedShape: shape.slice(-depth) })),
  ),
  ...[...flat, ...images].flatMap((shape) => bothLayouts('batchNorm', shape)),
  ...images.flatMap((shape) => bothLayouts('instanceNorm', shape)),
  ...[...flat, ...images].flatMap((shape) =>
    groupings(shape[1] as number).flatMap((groups) => bothLayouts('groupNorm', shape, groups)),
  ),
];

/** One case of each operation in each layout, for promises that do not turn on the shape. */
export const samples: readonly Case[] = [
  { op: 'layerNorm', shape: [6, 37], normalizedShape: [37] },
  { op: 'layerNorm', shape: [2, 3, 4, 5], normalizedShape: [4, 5] },
  { op: 'rmsNorm', shape: [6, 37], normalizedShape: [37] },
  ...bothLayouts('batchNorm', [7, 12]),
  ...bothLayouts('batchNorm', [4, 6, 5, 3]),
  ...bothLayouts('instanceNorm', [4, 6, 5, 3]),
  ...bothLayouts('groupNorm', [4, 6, 5, 3], 2),
];

/** Those whose statistics belong to one data point, so that the batch may be split. */
export const perDataPoint = samples.filter((c) => c.op !== 'batchNorm');
export const withRunning = samples.filter(hasRunning);

/** Large enough for kernels that split their work, and so need scratch for its parts. */
export const large: readonly Case[] = [
  { op: 'layerNorm', shape: [40, 70], normalizedShape: [70] },
  { op: 'rmsNorm', shape: [40, 70], normalizedShape: [70] },
  ...bothLayouts('batchNorm', [9, 40, 5]),
  ...bothLayouts('instanceNorm', [9, 40, 5]),
  ...bothLayouts('groupNorm', [9, 40, 5], 4),
];
