// Charts of claim 1: accuracy by learning rate, and the loss at every rate.
import * as Plot from '@observablehq/plot';
import {
  bestRun,
  fewestSteps,
  type LearningRates,
  largestRate,
  type Run,
  runsOf,
} from '../../experiments/learning-rates.ts';
import { percent } from '../../format.ts';
import { type Figure, grid, NARROW, sheet } from '../plot.ts';
import { colour } from '../theme.ts';
import { normColour, normKeys } from './keys.ts';

const SMOOTHED = 5;

export function figures(data: LearningRates): Figure[] {
  return [byRate(data), curves(data)];
}

function byRate(data: LearningRates): Figure {
  const best = bestRun(data, 'none');
  const steps = fewestSteps(data, 'none');
  const batch = bestRun(data, 'batch');
  const [slow, slowBatch] = [runsOf(data, 'none')[0]!, runsOf(data, 'batch')[0]!];
  return {
    name: 'accuracy-by-learning-rate',
    title: `Accuracy after ${data.steps} steps, by learning rate`,
    caption: `Share of ${data.heldOut.toLocaleString('en')} held-out digits told rightly. The plain net is at its best, ${percent(best.accuracy)}, at rate ${best.rate}, and its largest rate with at least ${percent(data.target)} is ${largestRate(data, 'none') ?? 'none'}; with batch norm these are ${percent(batch.accuracy)} at ${batch.rate}, and ${largestRate(data, 'batch') ?? 'none'}. To ${percent(data.target)} on new batches the quickest plain net took ${steps ?? 'more than all'} steps, with batch norm ${fewestSteps(data, 'batch') ?? 'more than all'}. At the smallest rate, ${slow.rate}, ${slow.accuracy > slowBatch.accuracy ? 'the plain net is ahead' : 'batch norm is ahead too'}: ${percent(slow.accuracy)}, with batch norm ${percent(slowBatch.accuracy)}. A cross: the loss stopped being a number.`,
    draw: (width) =>
      sheet({
        width,
        height: width < NARROW ? 260 : 330,
        columns: 1,
        legend: normKeys(),
        label: 'Accuracy on held-out digits by learning rate, one line for each norm',
        panels: [
          {
            title: 'accuracy, %',
            options: {
              marginLeft: 30,
              x: { type: 'log', label: 'learning rate', ticks: [...data.rates], tickFormat: String },
              y: { domain: [0, 100], label: null, ticks: 5 },
              marks: [
                Plot.gridY({ ...grid, ticks: 5 }),
                Plot.ruleY([100 * data.target], { stroke: colour('muted'), strokeDasharray: '3 4' }),
                Plot.line(data.runs, { x: 'rate', y: percentOf, stroke: normColour, z: 'norm', strokeWidth: 2 }),
                Plot.dot(
                  data.runs.filter(({ finite }) => finite),
                  { x: 'rate', y: percentOf, fill: normColour, r: 3.5 },
                ),
                Plot.dot(
                  data.runs.filter(({ finite }) => !finite),
                  { x: 'rate', y: percentOf, stroke: normColour, symbol: 'times', r: 5, strokeWidth: 2 },
                ),
              ],
            },
          },
        ],
      }),
  };
}

const percentOf = ({ accuracy }: Run) => 100 * accuracy;

function curves(data: LearningRates): Figure {
  const diverged = data.runs.filter(({ finite }) => !finite);
  const first = diverged.filter(({ norm }) => norm === 'none').map(({ rate }) => rate);
  return {
    name: 'loss-by-learning-rate',
    title: 'The loss while training, at every rate',
    caption: `Mean over ${SMOOTHED} batches, by step; what is above ${HIGHEST} is drawn at ${HIGHEST}. The dashed line is guessing, ln 10. ${first.length ? `Without a norm the loss stops being a number at rate ${first.join(', ')}, where a cross marks the end.` : 'No plain net diverged to infinity.'} All nets start from the same weights and see the same batches.`,
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
