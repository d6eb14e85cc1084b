// Charts of claim 5: one digit's output in many batches, and how the noise falls with the size of the batch.
import * as Plot from '@observablehq/plot';
import { grid, logTicks } from '../../../../charts/axes.ts';
import { sheet } from '../../../../charts/sheet.ts';
import { colour } from '../../../../charts/theme.ts';
import type { BatchNoise, Spread } from '../../experiments/batch-noise.ts';
import { figure, percent } from '../../format.ts';
import { NORM_NAMES } from '../../nets/norm.ts';
import { type Figure, logAxis } from '../figure.ts';

export function figures(data: BatchNoise): Figure[] {
  return [outputs(data), bySize(data)];
}

const name = ({ norm, pass }: Spread) => (pass === 'eval' ? `${NORM_NAMES[norm]}, evaluation` : NORM_NAMES[norm]);

function outputs({ spreads, draws, batch, label }: BatchNoise): Figure {
  const shownSpreads = spreads.filter(({ norm, pass }) => pass === 'observe' || norm === 'batch');
  const ticks = shownSpreads.flatMap((spread) => {
    const mean = spread.logits.reduce((a, b) => a + b) / spread.logits.length;
    return spread.logits.map((logit) => ({ row: name(spread), norm: spread.norm, value: logit - mean }));
  });
  const noisy = spreads.find(({ norm, pass }) => norm === 'batch' && pass === 'observe')!;
  return {
    name: 'one-digit-many-batches',
    title: 'One digit, many batches',
    caption: `A held-out ${label} in ${draws} random batches of ${batch}: each stroke is the logit of its own class in one batch, from its mean. In training with batch norm the logits deviate by ${figure(noisy.spread)}, ${percent(noisy.relative)} of what they differ between digits. Every other row is a single stroke: the same bits in each batch.`,
    draw: (width) =>
      sheet({
        width,
        height: 32 * shownSpreads.length + 50,
        columns: 1,
        label: 'Strip plot of one logit over many batches, one row for each norm',
        panels: [
          {
            options: {
              marginLeft: 172,
              x: { label: 'logit of its own class, from the mean', ticks: 5 },
              y: { label: null, domain: shownSpreads.map(name), tickSize: 0, padding: 0.3 },
              marks: [
                Plot.gridX({ ...grid, ticks: 5 }),
                Plot.tickX(ticks, {
                  x: 'value',
                  y: 'row',
                  strokeWidth: 1.4,
                  strokeOpacity: 0.6,
                  stroke: ({ norm }: { norm: Spread['norm'] }) => colour(norm),
                }),
              ],
            },
          },
        ],
      }),
  };
}

function bySize({ bySize: spreads }: BatchNoise): Figure {
  const points = spreads.map(({ batch, relative }) => ({ batch, relative: 100 * relative }));
  const [first, last] = [points[0]!, points.at(-1)!];
  const slope = Math.log(last.relative / first.relative) / Math.log(last.batch / first.batch);
  const expected = points.map(({ batch }) => ({ batch, relative: first.relative * Math.sqrt(first.batch / batch) }));
  return {
    name: 'noise-by-batch-size',
    title: 'The noise falls with the size of the batch',
    caption: `Deviation of the same digit’s logits, in per cent of what logits differ between digits: ${percent(first.relative / 100)} in batches of ${first.batch}, ${percent(last.relative / 100)} in batches of ${last.batch}, that is as the batch to the power of ${figure(slope, 2)}. The dashed line is the power −½ of independent examples.`,
    draw: (width) =>
      sheet({
        width,
        height: 230,
        columns: 1,
        label: 'Deviation of the logits by batch size on logarithmic scales',
        panels: [
          {
            title: 'deviation, %',
            options: {
              x: { type: 'log', base: 2, label: 'batch', ticks: points.map(({ batch }) => batch), tickFormat: String },
              y: logAxis(points.map(({ relative }) => relative)),
              marks: [
                Plot.gridY({ ...grid, ticks: logTicks(points.map(({ relative }) => relative)) }),
                Plot.line(expected, { x: 'batch', y: 'relative', stroke: colour('muted'), strokeDasharray: '3 4' }),
                Plot.line(points, { x: 'batch', y: 'relative', stroke: colour('batch'), strokeWidth: 2 }),
                Plot.dot(points, { x: 'batch', y: 'relative', fill: colour('batch'), r: 4 }),
              ],
            },
          },
        ],
      }),
  };
}
