// Chart of claim 3: along the gradient, while the nets train.
import * as Plot from '@observablehq/plot';
import { grid, logTicks } from '../../../../charts/axes.ts';
import { sheet } from '../../../../charts/sheet.ts';
import { colour } from '../../../../charts/theme.ts';
import type { Predictability, Probe } from '../../experiments/predictability.ts';
import { figure, median } from '../../format.ts';
import { type Figure, logAxis, NARROW } from '../figure.ts';
import { normColour, normKeys } from './keys.ts';

const NETS = ['none', 'batch'] as const;
type Net = (typeof NETS)[number];

export function figures({ probes, strides, rate }: Predictability): Figure[] {
  const all = NETS.flatMap((norm) => probes[norm].map((probe) => ({ norm, ...probe })));
  const met = all.flatMap(({ least, greatest }) => [least, greatest]);
  const medians = (of: (probe: Probe) => number) =>
    `${figure(median(probes.batch.map(of)))} with batch norm, ${figure(median(probes.none.map(of)))} without`;
  const lines = (title: string, of: (probe: Probe) => number) => ({
    title,
    options: {
      x,
      y: logAxis(all.map(of)),
      marks: [
        Plot.gridY({ ...grid, ticks: logTicks(all.map(of)) }),
        Plot.ruleY(NETS, {
          y: (norm: Net) => median(probes[norm].map(of)),
          stroke: (norm: Net) => colour(norm),
          strokeDasharray: '3 4',
        }),
        Plot.line(all, { x: 'step', y: of, z: 'norm', stroke: normColour, strokeWidth: 1.6 }),
      ],
    },
  });
  const x = { label: 'step', ticks: 4 };
  return [
    {
      name: 'along-the-gradient',
      title: 'How far the gradient can be trusted',
      caption: `At every probe the net goes ${strides.join(', ')} times the rate ${rate} along the gradient of one batch. The band is the loss met on the way: its median height is ${medians(({ greatest, least }) => greatest - least)}. The dashed lines are medians. The gradient itself moves by ${medians(({ change }) => change)}, and by ${medians(({ smoothness }) => smoothness)} for each unit of distance.`,
      draw: (width) =>
        sheet({
          width,
          height: width < NARROW ? 170 : 220,
          columns: width < NARROW ? 1 : 3,
          legend: normKeys(NETS),
          label: 'Loss range, gradient change and effective smoothness by training step, with and without batch norm',
          panels: [
            {
              title: 'loss met',
              options: {
                x,
                y: logAxis(met),
                marks: [
                  Plot.gridY({ ...grid, ticks: logTicks(met) }),
                  Plot.areaY(all, {
                    x: 'step',
                    y1: 'least',
                    y2: 'greatest',
                    z: 'norm',
                    fill: normColour,
                    fillOpacity: 0.28,
                  }),
                  Plot.line(all, { x: 'step', y: 'loss', z: 'norm', stroke: normColour, strokeWidth: 1.6 }),
                ],
              },
            },
            lines('change of the gradient', ({ change }) => change),
            lines('effective smoothness β', ({ smoothness }) => smoothness),
          ],
        }),
    },
  ];
}
