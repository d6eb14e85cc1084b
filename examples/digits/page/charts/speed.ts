// Chart of the last part: how many times as fast as JavaScript each operation is.
import * as Plot from '@observablehq/plot';
import { grid } from '../../../../charts/axes.ts';
import { sheet } from '../../../../charts/sheet.ts';
import { colour } from '../../../../charts/theme.ts';
import { geometricMean, PASSES, type Speed, type Timing } from '../../experiments/speed.ts';
import { ratio } from '../../format.ts';
import { type Figure, NARROW } from '../figure.ts';

const COLOURS = { forward: 'batch', eval: 'instance', backward: 'layer' } as const;

export function figures({ timings, mean }: Speed): Figure[] {
  const sorted = [...timings].sort((a, b) => a.speedup - b.speedup);
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  const greatest = Math.max(1, most.speedup) * 1.06;
  const net = timings.filter(({ ofTheNet }) => ofTheNet);
  const bench = timings.filter(({ ofTheNet }) => !ofTheNet);
  return [
    {
      name: 'speed',
      title: 'Times as fast as pure JavaScript',
      caption: `Each dot is one operation on one shape, timed against the same in JavaScript (unrolled, with several double-precision accumulators) after both gave the same result. From ${ratio(least.speedup)} (${least.name}) to ${ratio(most.speedup)} (${most.name}) times as fast; geometric mean ${ratio(mean)} over all ${timings.length}, ${ratio(geometricMean(net))} on the shapes of the net and ${ratio(geometricMean(bench))} on those of the benchmark. nhwc: channels last; g32: 32 groups.`,
      draw: (width) =>
        sheet({
          width,
          height: 22 * Math.max(rows(net), rows(bench)) + 60,
          columns: width < NARROW ? 1 : 2,
          legend: (Object.keys(PASSES) as Timing['pass'][]).map((pass) => ({
            label: PASSES[pass],
            colour: colour(COLOURS[pass]),
          })),
          label: 'Dot plot of how many times as fast as pure JavaScript each operation is, by shape',
          panels: [panel('shapes of the net', net, greatest), panel('shapes of the benchmark', bench, greatest)],
        }),
    },
  ];
}

const subject = ({ subject }: Timing) => subject;

const rows = (timings: readonly Timing[]) => new Set(timings.map(subject)).size;

const panel = (title: string, timings: readonly Timing[], greatest: number) => ({
  title,
  options: {
    marginLeft: 200,
    x: { domain: [0, greatest], label: 'times as fast', ticks: 5 },
    y: { label: null, domain: [...new Set(timings.map(subject))], tickSize: 0, padding: 1 },
    marks: [
      Plot.gridX({ ...grid, ticks: 5 }),
      Plot.ruleX([1], { stroke: colour('muted'), strokeDasharray: '3 4' }),
      Plot.ruleY(
        timings,
        Plot.groupY({ x1: 'min', x2: 'max' }, { x: 'speedup', y: 'subject', stroke: colour('rule'), strokeWidth: 2 }),
      ),
      Plot.dot(timings, { x: 'speedup', y: 'subject', fill: ({ pass }: Timing) => colour(COLOURS[pass]), r: 4 }),
    ],
  },
});
