// Chart of the last part: how many times faster than JavaScript each operation is.
import * as Plot from '@observablehq/plot';
import { geometricMean, type Speed, type Timing } from '../../experiments/speed.ts';
import { figure } from '../../format.ts';
import { type Figure, grid, NARROW, sheet } from '../plot.ts';
import { colour } from '../theme.ts';

const PASSES = { forward: 'batch', eval: 'instance', backward: 'layer' } as const;

const NAMES = {
  layerNorm: 'layer',
  rmsNorm: 'RMS',
  batchNorm: 'batch',
  instanceNorm: 'instance',
  groupNorm: 'group',
} as const;

const row = ({ op, shape }: Timing) => `${NAMES[op]}  ${shape.join('×')}`;

export function figures({ timings, mean }: Speed): Figure[] {
  const sorted = [...timings].sort((a, b) => a.speedup - b.speedup);
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  const greatest = Math.max(1, most.speedup) * 1.06;
  const net = timings.filter(({ ofTheNet }) => ofTheNet);
  const bench = timings.filter(({ ofTheNet }) => !ofTheNet);
  return [
    {
      name: 'speed',
      title: 'Times faster than pure JavaScript',
      caption: `Each dot is one operation on one shape, timed against the same in JavaScript (unrolled, with several double-precision accumulators) after both gave the same result. From ${figure(least.speedup, 2)} times (${least.label}) to ${figure(most.speedup, 2)} times (${most.label}); geometric mean ${figure(mean, 2)} over all ${timings.length}, ${figure(geometricMean(net), 2)} on the shapes of the net and ${figure(geometricMean(bench), 2)} on those of the benchmark.`,
      draw: (width) =>
        sheet({
          width,
          height: 22 * Math.max(rows(net), rows(bench)) + 60,
          columns: width < NARROW ? 1 : 2,
          legend: Object.entries(PASSES).map(([label, name]) => ({ label, colour: colour(name) })),
          label: 'Dot plot of speed-ups over pure JavaScript by operation and shape',
          panels: [panel('shapes of the net', net, greatest), panel('shapes of the benchmark', bench, greatest)],
        }),
    },
  ];
}

const rows = (timings: readonly Timing[]) => new Set(timings.map(row)).size;

const panel = (title: string, timings: readonly Timing[], greatest: number) => ({
  title,
  options: {
    marginLeft: 152,
    x: { domain: [0, greatest], label: 'times faster', ticks: 5 },
    y: { label: null, domain: [...new Set(timings.map(row))], tickSize: 0, padding: 1 },
    marks: [
      Plot.gridX({ ...grid, ticks: 5 }),
      Plot.ruleX([1], { stroke: colour('muted'), strokeDasharray: '3 4' }),
      Plot.ruleY(
        timings,
        Plot.groupY({ x1: 'min', x2: 'max' }, { x: 'speedup', y: row, stroke: colour('rule'), strokeWidth: 2 }),
      ),
      Plot.dot(timings, { x: 'speedup', y: row, fill: ({ pass }: Timing) => colour(PASSES[pass]), r: 4 }),
    ],
  },
});
