// Charts of claim 1: accuracy by learning rate, and the loss at every rate.
import * as Plot from '@observablehq/plot';
import { grid } from '../../../../charts/axes.ts';
import { type Panel, sheet } from '../../../../charts/sheet.ts';
import { colour } from '../../../../charts/theme.ts';
import {
  bestRun,
  fewestSteps,
  type LearningRates,
  largestRate,
  type Run,
  runsOf,
} from '../../experiments/learning-rates.ts';
import { percent } from '../../format.ts';
import { NORMS, type NormKind } from '../../nets/norm.ts';
import { type Figure, NARROW } from '../figure.ts';
import { normColour, normKeys } from './keys.ts';

const SMOOTHED = 5;

export function figures(data: LearningRates): Figure[] {
  return [byRate(data), curves(data)];
}

function byRate(data: LearningRates): Figure {
  const best = bestRun(data, 'none');
  const steps = fewestSteps(data, 'none');
  const batch = bestRun(data, 'batch');
  const upper = upperPart(data);
  const [slow, slowBatch] = [runsOf(data, 'none')[0]!, runsOf(data, 'batch')[0]!];
  return {
    name: 'accuracy-by-learning-rate',
    title: `Accuracy after ${data.steps} steps, by learning rate`,
    caption: `Share of ${data.heldOut.toLocaleString('en')} held-out digits told rightly. The plain net is at its best, ${percent(best.accuracy)}, at rate ${best.rate}, and its largest rate with at least ${percent(data.target)} is ${largestRate(data, 'none') ?? 'none'}; with batch norm these are ${percent(batch.accuracy)} at ${batch.rate}, and ${largestRate(data, 'batch') ?? 'none'}. To ${percent(data.target)} on new batches the quickest plain net took ${steps ?? 'more than all'} steps, with batch norm ${fewestSteps(data, 'batch') ?? 'more than all'}. At the smallest rate, ${slow.rate}, ${slow.accuracy > slowBatch.accuracy ? 'the plain net is ahead' : 'batch norm is ahead too'}: ${percent(slow.accuracy)}, with batch norm ${percent(slowBatch.accuracy)}. Dashed: what it takes to train, nine tenths of the plain net’s best. A cross: the loss stopped being a number.`,
    draw: (width) =>
      sheet({
        width,
        height: width < NARROW ? 260 : 330,
        columns: width < NARROW ? 1 : 2,
        legend: normKeys(),
        label: 'Accuracy on held-out digits by learning rate, one line for each norm',
        panels: [panel('accuracy, %', data, [0, 100]), panel(`the same from ${upper[0]} to ${upper[1]}`, data, upper)],
      }),
  };
}

function panel(title: string, data: LearningRates, [low, high]: readonly [number, number]): Panel {
  const points = data.runs.filter((run) => percentOf(run) >= low);
  return {
    title,
    options: {
      marginLeft: 30,
      x: {
        type: 'log',
        label: 'learning rate',
        ticks: [...data.rates],
        tickFormat: String,
        domain: extent(data.rates),
      },
      y: { domain: [low, high], label: null, ticks: 6 },
      marks: [
        Plot.gridY({ ...grid, ticks: 6 }),
        Plot.ruleY([100 * data.target], { stroke: colour('muted'), strokeDasharray: '3 4' }),
        Plot.line(
          NORMS.flatMap((norm) => above(runsOf(data, norm), low)),
          {
            x: 'rate',
            y: 'percent',
            stroke: normColour,
            z: 'norm',
            strokeWidth: 1.8,
          },
        ),
        Plot.dot(
          points.filter(({ finite }) => finite),
          { x: 'rate', y: percentOf, fill: normColour, r: 3.2 },
        ),
        Plot.dot(
          points.filter(({ finite }) => !finite),
          { x: 'rate', y: percentOf, stroke: normColour, symbol: 'times', r: 5, strokeWidth: 2 },
        ),
      ],
    },
  };
}

const extent = (values: readonly number[]) => [values[0]!, values.at(-1)!];

const STEP = 5;

/** From some twenty points below the target, where the curves that train lie close together. */
function upperPart({ runs, target }: LearningRates): [number, number] {
  const low = STEP * Math.round((100 * target - 20) / STEP);
  return [Math.max(0, low), Math.min(100, STEP * Math.ceil(Math.max(...runs.map(percentOf)) / STEP))];
}

/** A curve cut off at the lower edge of its panel; what is no number interrupts it. */
function above(runs: readonly Run[], low: number): { norm: NormKind; rate: number; percent: number }[] {
  return runs.flatMap((run, i) => {
    const { norm, rate } = run;
    const percent = percentOf(run);
    const here = percent >= low ? [{ norm, rate, percent }] : [];
    const next = runs[i + 1];
    if (!next || percent >= low === percentOf(next) >= low) return here;
    const share = (low - percent) / (percentOf(next) - percent);
    const edge = { norm, rate: rate * (next.rate / rate) ** share, percent: low };
    return percent >= low ? [...here, edge, { norm, rate: next.rate, percent: Number.NaN }] : [edge];
  });
}

const percentOf = ({ accuracy }: Run) => 100 * accuracy;

function curves(data: LearningRates): Figure {
  const diverged = data.runs.filter(({ finite }) => !finite);
  const first = diverged.filter(({ norm }) => norm === 'none').map(({ rate }) => rate);
  return {
    name: 'loss-by-learning-rate',
    title: 'The loss while training, at every rate',
    caption: `Mean over ${SMOOTHED} batches, by step; what is above ${HIGHEST} is drawn at ${HIGHEST}. The dashed line is guessing, ln 10. ${first.length ? `Without a norm the loss stops being a number at rate ${first.join(', ')}, where a cross marks the end.` : 'The loss of no plain net stopped being a number.'} All nets start from the same weights and see the same batches.`,
    draw: (width) =>
      sheet({
        width,
        height: width < NARROW ? 130 : 150,
        columns: width < NARROW ? 2 : Math.min(4, data.rates.length),
        legend: normKeys(),
        label: 'Loss by step, one panel for each learning rate, one line for each norm',
        panels: data.rates.map((rate) => {
          const runs = data.runs.filter((run) => run.rate === rate);
          const points = runs.flatMap(({ norm, losses }) => smooth(losses).map((loss, step) => ({ norm, step, loss })));
          const ends = runs
            .filter(({ finite }) => !finite)
            .map(({ norm, losses }) => ({ norm, step: losses.length, loss: HIGHEST }));
          return {
            title: `rate ${rate}`,
            options: {
              marginLeft: 24,
              marginBottom: 30,
              x: { domain: [0, data.steps], ticks: 3, label: null },
              y: { domain: [0, HIGHEST], ticks: 4, label: null, clamp: true },
              marks: [
                Plot.gridY({ ...grid, ticks: 4 }),
                Plot.ruleY([Math.log(10)], { stroke: colour('muted'), strokeDasharray: '3 4' }),
                Plot.line(points, { x: 'step', y: 'loss', z: 'norm', stroke: normColour, strokeWidth: 1.6 }),
                Plot.dot(ends, { x: 'step', y: 'loss', stroke: normColour, symbol: 'times', r: 4.5, strokeWidth: 2 }),
              ],
            },
          };
        }),
      }),
  };
}

const HIGHEST = 4;

const smooth = (losses: readonly number[]) =>
  losses.map((_, i) => {
    const window = losses.slice(Math.max(0, i - SMOOTHED + 1), i + 1);
    return window.reduce((a, b) => a + b) / window.length;
  });
