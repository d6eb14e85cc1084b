// Claim 4: normalized activations stay out of the flat ends of tanh, and the gradient reaches every layer.
// A deep tanh net with initial weights from too small to too large, without a norm, with batch and with layer norm.
import type { Claim, Table } from '../claims.ts';
import { percent, ratio } from '../format.ts';
import { CLASSES } from '../images.ts';
import { Tanh } from '../nets/activation.ts';
import { deepTanh, TANH_DEPTH } from '../nets/architectures.ts';
import type { Network } from '../nets/network.ts';
import { NORM_NAMES } from '../nets/norm.ts';
import { SEEDS, USUAL_RATE } from '../settings.ts';
import { accuracy, Batch, train } from '../training.ts';
import type { Context } from './experiment.ts';

export const GAINS = [0.5, 1, 3] as const;
export const KINDS = ['none', 'batch', 'layer'] as const;
export type Kind = (typeof KINDS)[number];

/** Beyond this output the derivative of tanh is below 0.1. */
export const SATURATED = 0.95;
export const BINS = 40;

export interface LayerState {
  /** Shares of the outputs in equal bins from −1 to 1. */
  readonly histogram: readonly number[];
  readonly saturated: number;
  readonly deviation: number;
  /** Norm of the gradient of the loss by the outputs of this layer. */
  readonly gradient: number;
}

export interface TanhRun {
  readonly norm: Kind;
  readonly gain: number;
  readonly start: readonly LayerState[];
  readonly trained: readonly LayerState[];
  readonly accuracy: number;
}

export interface Saturation {
  readonly depth: number;
  readonly steps: number;
  readonly rate: number;
  readonly runs: readonly TanhRun[];
}

const LOOKED_AT = 256;

export function saturation({ digits, settings, progress }: Context): Saturation {
  const { tanhSteps: steps, batch } = settings;
  const bar = progress('Training deep tanh nets', GAINS.length * KINDS.length);
  const seen = new Batch(LOOKED_AT).fill(
    digits.heldOut,
    Array.from({ length: LOOKED_AT }, (_, i) => i),
  );
  const runs: TanhRun[] = [];
  for (const gain of GAINS) {
    for (const norm of KINDS) {
      const network = deepTanh(norm, gain, SEEDS.weights);
      const start = look(network, seen);
      train(network, { images: digits.training, steps, batch, rate: USUAL_RATE, seed: SEEDS.batches });
      runs.push({
        norm,
        gain,
        start,
        trained: look(network, seen),
        accuracy: accuracy(network, digits.heldOut, batch),
      });
      network.dispose();
      bar.advance();
    }
  }
  seen.dispose();
  bar.done();
  return { depth: TANH_DEPTH, steps, rate: USUAL_RATE, runs };
}

/** The state of each tanh layer, first to last. */
function look(network: Network, { x, labels }: Batch): LayerState[] {
  const states: LayerState[] = [];
  network.gradient(x, labels, 'probe', (layer, dy) => {
    if (layer instanceof Tanh) states.unshift({ ...describe(layer.output.data), gradient: length(dy.data) });
  });
  return states;
}

function describe(y: Float32Array) {
  const histogram = new Array<number>(BINS).fill(0);
  let saturated = 0;
  let squares = 0;
  for (const value of y) {
    histogram[Math.min(BINS - 1, Math.floor(((value + 1) / 2) * BINS))]! += 1 / y.length;
    if (Math.abs(value) > SATURATED) saturated += 1 / y.length;
    squares += value * value;
  }
  return { histogram, saturated, deviation: Math.sqrt(squares / y.length) };
}

function length(values: Float32Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

const mean = (states: readonly LayerState[], of: (state: LayerState) => number) =>
  states.reduce((sum, state) => sum + of(state), 0) / states.length;

/** The greatest over the least norm of the gradient among the layers. */
export const unevenness = (states: readonly LayerState[]) =>
  Math.max(...states.map(({ gradient }) => gradient)) / Math.min(...states.map(({ gradient }) => gradient));

export function claim({ runs, depth }: Saturation): Claim {
  const of = (norm: Kind, gain: number) => runs.find((run) => run.norm === norm && run.gain === gain)!;
  const largest = Math.max(...GAINS);
  const saturated = (norm: Kind, when: 'start' | 'trained') =>
    mean(of(norm, largest)[when], (state) => state.saturated);
  const spread = (norm: Kind, gain: number, when: 'start' | 'trained') => unevenness(of(norm, gain)[when]);
  const worst = (norm: Kind, when: 'start' | 'trained') =>
    GAINS.map((gain) => ({ gain, value: spread(norm, gain, when) })).reduce((a, b) => (b.value > a.value ? b : a));
  const told = ({ gain, value }: ReturnType<typeof worst>, how: string) => `${ratio(value)} ${how} (gain ${gain})`;
  const even = (when: 'start' | 'trained') => ({
    holds: worst('batch', when).value < worst('none', when).value,
    figures: `largest over smallest gradient ${told(worst('batch', when), 'with')}, ${told(worst('none', when), 'without')}`,
  });
  const less = (when: 'start' | 'trained') => ({
    holds: saturated('batch', when) < saturated('none', when),
    figures: `${percent(saturated('batch', when))} of the outputs with, ${percent(saturated('none', when))} without`,
  });
  return {
    title: 'Activations away from saturation',
    says: 'Normalization keeps the inputs of a saturating activation in its sensitive range, so that gradients neither vanish nor explode on their way through the layers.',
    method: `Nets of ${depth} tanh layers start from weights of deviation gain/√inputs: too small, about right, too large. Saturated is an output beyond ±${SATURATED}, where the derivative is below a tenth. The gradient is taken by the outputs of each layer.`,
    rule: `Saturation is judged where it threatens, at the largest gain, ${largest}; the bar of ±${SATURATED} follows from the derivative. Evenness is the largest over the smallest gradient among the layers, each net at its worst gain: with and without batch norm that need not be the same one, and at a gain that suits it the plain net can be the more even. The tables have every gain.`,
    summary: `${percent(saturated('batch', 'trained'))} of outputs saturated with batch norm, ${percent(saturated('none', 'trained'))} without; gradients at their worst gain uneven by ${ratio(worst('batch', 'trained').value)}, ${ratio(worst('none', 'trained').value)} without`,
    parts: [
      { statement: 'From large weights fewer units are saturated with batch norm, before training', ...less('start') },
      { statement: 'From large weights fewer units are saturated with batch norm, after training', ...less('trained') },
      {
        statement:
          'The gradient is more even over the layers with batch norm than without, each at its worst gain, before training',
        ...even('start'),
      },
      {
        statement:
          'The gradient is more even over the layers with batch norm than without, each at its worst gain, after training',
        ...even('trained'),
      },
    ],
  };
}

export function tables({ runs, steps, depth }: Saturation): Table[] {
  const head = ['', ...GAINS.map((gain) => `gain ${gain}`)];
  const each = (norm: Kind, cell: (run: TanhRun) => string) => runs.filter((run) => run.norm === norm).map(cell);
  const twice = (cell: (states: readonly LayerState[]) => string) =>
    KINDS.flatMap((norm) => [
      [`${NORM_NAMES[norm]}, before`, ...each(norm, ({ start }) => cell(start))],
      [`${NORM_NAMES[norm]}, after`, ...each(norm, ({ trained }) => cell(trained))],
    ]);
  return [
    {
      title: `Saturated outputs in ${depth} tanh layers, before and after ${steps} steps`,
      head,
      rows: twice((states) => percent(mean(states, ({ saturated }) => saturated))),
      note: 'Initial weights have a deviation of gain / √inputs.',
    },
    {
      title: `Largest over smallest gradient among the ${depth} layers, before and after ${steps} steps`,
      head,
      rows: twice((states) => ratio(unevenness(states))),
    },
    {
      title: `Accuracy on held-out digits after ${steps} steps`,
      head,
      rows: KINDS.map((norm) => [NORM_NAMES[norm], ...each(norm, (run) => percent(run.accuracy))]),
      note: `Guessing gives ${percent(1 / CLASSES, 0)}.`,
    },
  ];
}
