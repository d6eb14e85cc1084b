// Charts of claim 4: histograms of the activations layer by layer, and the gradient that reaches each layer.
import * as Plot from '@observablehq/plot';
import { grid, logTicks } from '../../../../charts/axes.ts';
import { sheet } from '../../../../charts/sheet.ts';
import { colour } from '../../../../charts/theme.ts';
import {
  BINS,
  GAINS,
  KINDS,
  type LayerState,
  SATURATED,
  type Saturation,
  type TanhRun,
  unevenness,
} from '../../experiments/saturation.ts';
import { figure, percent, ratio } from '../../format.ts';
import { NORM_NAMES } from '../../nets/norm.ts';
import { type Figure, logAxis, NARROW } from '../figure.ts';
import { normColour, normKeys } from './keys.ts';

export function figures(data: Saturation): Figure[] {
  return [histograms(data), gradients(data)];
}

const find = ({ runs }: Saturation, norm: TanhRun['norm'], gain: number) =>
  runs.find((run) => run.norm === norm && run.gain === gain)!;

function histograms(data: Saturation): Figure {
  const largest = Math.max(...GAINS);
  const smallest = Math.min(...GAINS);
  const saturated = (norm: TanhRun['norm']) => percent(mean(find(data, norm, largest).trained.map((s) => s.saturated)));
  const last = (norm: TanhRun['norm']) => figure(find(data, norm, smallest).trained.at(-1)!.deviation, 2);
  return {
    name: 'activations-by-layer',
    title: `Outputs of ${data.depth} tanh layers after ${data.steps} steps`,
    caption: `One histogram for each layer, the first at the bottom; initial weights too small, about right and too large, from left to right. Of the large ones ${saturated('none')} of the outputs lie beyond ±${SATURATED} without a norm, ${saturated('batch')} with batch norm and ${saturated('layer')} with layer norm. From the small ones the last layer’s outputs have a root mean square of ${last('none')} without, ${last('batch')} with batch norm.`,
    draw: (width) =>
      sheet({
        width,
        height: width < NARROW ? 170 : 200,
        columns: GAINS.length,
        label: 'Histograms of activations by layer for three norms and three scales of the initial weights',
        panels: KINDS.flatMap((norm) =>
          GAINS.map((gain, i) => ({
            title: [NORM_NAMES[norm], `gain ${gain}`].join(width < NARROW ? ',\n' : ', '),
            options: ridges(find(data, norm, gain).trained, norm, i === 0, data.depth),
          })),
        ),
      }),
  };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** How many layers high the tallest histogram of a panel is. */
const OVERLAP = 1.7;

function ridges(
  layers: readonly LayerState[],
  norm: TanhRun['norm'],
  labelled: boolean,
  depth: number,
): Plot.PlotOptions {
  const tallest = Math.max(...layers.flatMap(({ histogram }) => histogram));
  return {
    marginLeft: labelled ? 22 : 6,
    marginBottom: 24,
    marginTop: 4,
    x: {
      domain: [-1, 1],
      ticks: [-1, 0, 1],
      label: null,
      tickFormat: (value: number) => String(value).replace('-', '−'),
    },
    y: {
      domain: [1, depth + OVERLAP],
      label: null,
      ticks: labelled ? [1, depth] : [],
      tickFormat: String,
      tickSize: 0,
    },
    marks: layers
      .map(({ histogram }, i) => {
        const points = histogram.map((share, bin) => ({
          y: ((bin + 0.5) * 2) / BINS - 1,
          share: i + 1 + (OVERLAP * share) / tallest,
        }));
        return [
          // The paper first, so that a layer hides the ones behind it.
          Plot.areaY(points, { x: 'y', y1: i + 1, y2: 'share', fill: colour('paper'), curve: 'step' }),
          Plot.areaY(points, { x: 'y', y1: i + 1, y2: 'share', fill: colour(norm), fillOpacity: 0.3, curve: 'step' }),
          Plot.lineY(points, { x: 'y', y: 'share', stroke: colour(norm), strokeWidth: 1.1, curve: 'step' }),
        ];
      })
      .toReversed(),
  };
}

function gradients(data: Saturation): Figure {
  const uneven = (norm: TanhRun['norm'], gain: number) => `${ratio(unevenness(find(data, norm, gain).start))} times`;
  return {
    name: 'gradient-by-layer',
    title: 'The gradient that reaches each layer',
    caption: `Norm of the gradient by the outputs of each layer; dashed before training, solid after it. Before training the largest is ${GAINS.map((gain) => `${uneven('none', gain)} the smallest without a norm and ${uneven('batch', gain)} with batch norm at gain ${gain}`).join('; ')}.`,
    draw: (width) =>
      sheet({
        width,
        height: width < NARROW ? 160 : 210,
        columns: width < NARROW ? 1 : GAINS.length,
        legend: normKeys(KINDS),
        label: 'Gradient norm by layer, one panel for each scale of the initial weights',
        panels: GAINS.map((gain) => ({
          title: `gain ${gain}`,
          options: {
            x: { label: 'layer', ticks: data.depth, tickFormat: String, domain: [1, data.depth] },
            y: { ...logAxis(range(data)), domain: range(data) },
            marks: [
              Plot.gridY({ ...grid, ticks: logTicks(range(data)) }),
              Plot.line(points(data, gain, 'start'), {
                x: 'layer',
                y: 'gradient',
                z: 'norm',
                stroke: normColour,
                strokeWidth: 1.4,
                strokeDasharray: '3 3',
              }),
              Plot.line(points(data, gain, 'trained'), {
                x: 'layer',
                y: 'gradient',
                z: 'norm',
                stroke: normColour,
                strokeWidth: 2,
              }),
            ],
          },
        })),
      }),
  };
}

const points = (data: Saturation, gain: number, when: 'start' | 'trained') =>
  KINDS.flatMap((norm) => find(data, norm, gain)[when].map(({ gradient }, i) => ({ norm, layer: i + 1, gradient })));

/** One scale for all panels, so that they can be compared. */
function range(data: Saturation): [number, number] {
  const all = data.runs.flatMap(({ start, trained }) => [...start, ...trained].map(({ gradient }) => gradient));
  return [Math.min(...all) / 1.5, Math.max(...all) * 1.5];
}
