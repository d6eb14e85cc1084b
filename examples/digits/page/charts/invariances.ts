// Chart of claim 2: what scaling the weights does to the gradients, with batch norm and without.
import * as Plot from '@observablehq/plot';
import { grid, logTicks } from '../../../../charts/axes.ts';
import { sheet } from '../../../../charts/sheet.ts';
import { colour } from '../../../../charts/theme.ts';
import type { Invariances, Scaling } from '../../experiments/invariances.ts';
import { figure } from '../../format.ts';
import { type Figure, logAxis, NARROW } from '../figure.ts';

export function figures({ scalings }: Invariances): Figure[] {
  const points = scalings.filter(({ a, eps }) => a > 0 && eps === 'zero');
  const ends = [points[0]!, points.at(-1)!] as const;
  const sizes = (of: 'byInput' | 'byWeight') => ends.map((s) => figure(s.norms[of], 2)).join(' and ');
  return [
    {
      name: 'gradients-of-scaled-weights',
      title: 'The same gradient whatever the scale of the weights',
      caption: `Norms of the gradients of a linear layer’s weights aW and input u. From a = ${ends[0].a} to ${ends[1].a} batch norm keeps ‖∂/∂u‖ at ${sizes('byInput')}, while ‖∂/∂(aW)‖ falls as 1/a, from ${sizes('byWeight').replace(' and ', ' to ')}. Without it ‖∂/∂u‖ grows with a and ‖∂/∂(aW)‖ does not move.`,
      draw: (width) =>
        sheet({
          width,
          height: 230,
          columns: width < NARROW ? 1 : 2,
          legend: [
            { label: 'batch norm', colour: colour('batch') },
            { label: 'linear layer alone', colour: colour('none') },
          ],
          label: 'Gradient norms by the factor a, on logarithmic scales',
          panels: [
            panel('by the input, ‖∂L/∂u‖', points, 'byInput'),
            panel('by the weights, ‖∂L/∂(aW)‖', points, 'byWeight'),
          ],
        }),
    },
  ];
}

const panel = (title: string, points: readonly Scaling[], of: 'byInput' | 'byWeight') => ({
  title,
  options: {
    marginLeft: 44,
    x: { type: 'log' as const, label: 'a', ticks: [0.001, 0.1, 10, 1000], tickFormat: String },
    y: logAxis(points.flatMap((s) => [s.norms[of], s.plain[of]])),
    marks: [
      Plot.gridY({ ...grid, ticks: logTicks(points.flatMap((s) => [s.norms[of], s.plain[of]])) }),
      Plot.line(points, { x: 'a', y: (s: Scaling) => s.plain[of], stroke: colour('none'), strokeWidth: 2 }),
      Plot.dot(points, { x: 'a', y: (s: Scaling) => s.plain[of], fill: colour('none'), r: 3.5 }),
      Plot.line(points, { x: 'a', y: (s: Scaling) => s.norms[of], stroke: colour('batch'), strokeWidth: 2 }),
      Plot.dot(points, { x: 'a', y: (s: Scaling) => s.norms[of], fill: colour('batch'), r: 3.5 }),
    ],
  },
});
