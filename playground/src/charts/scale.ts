// Axes that grow by round steps, so that a chart of live data stands still most of the time.
import { logTicks } from '../../../charts/axes.ts';

export interface Scale {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  /** From 0 to 1 along the axis; what lies outside the domain is at its end. */
  at(value: number): number;
}

const ROUND = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** Two decades around 1, of losses and gradients alike, until there are some. */
const NOTHING_YET = [0.1, 10];

/** From 0 to the next round number. */
export function steps(most: number): Scale {
  const power = 10 ** Math.floor(Math.log10(most));
  const end = ROUND.map((factor) => factor * power).find((round) => round >= most - 1e-9)!;
  const stride = [1, 2, 2.5, 5, 10, 20].map((factor) => (factor * power) / 10).find((each) => end / each <= 5)!;
  const count = Math.floor(end / stride + 1e-9);
  return linear(
    0,
    end,
    Array.from({ length: count + 1 }, (_, i) => i * stride),
  );
}

export const linear = (from: number, to: number, ticks: readonly number[]): Scale => ({
  domain: [from, to],
  ticks,
  at: (value) => clamp((value - from) / (to - from)),
});

/** Over the values, from one of 1, 2, 5 times a power of ten to another, within the limits. */
export function logarithmic(values: readonly number[], [least, most]: readonly [number, number]): Scale {
  const within = (values.length > 0 ? values : NOTHING_YET).map((value) => Math.min(most, Math.max(least, value)));
  const smallest = within.reduce((a, b) => Math.min(a, b), most);
  const greatest = within.reduce((a, b) => Math.max(a, b), least);
  const grid = rungs(least, most);
  const from = grid.findLast((rung) => rung <= smallest * (1 + 1e-9)) ?? least;
  const to = grid.find((rung) => rung >= greatest * (1 - 1e-9) && rung > from) ?? most;
  return {
    domain: [from, to],
    ticks: logTicks([from, to]),
    at: (value) => clamp(Math.log(value / from) / Math.log(to / from)),
  };
}

function rungs(least: number, most: number): number[] {
  const [first, last] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    .flatMap((power) => [1, 2, 5].map((factor) => Number(`${factor}e${power}`)))
    .filter((rung) => rung >= least && rung <= most);
}

const clamp = (share: number) => Math.min(1, Math.max(0, share));
