// Claim 4: normalised activations stay out of the flat ends of tanh, and the gradient reaches every layer.
// A deep tanh net with initial weights from too small to too large, without a norm, with batch and with layer norm.
import type { Claim, Table } from '../claims.ts';
import { CLASSES } from '../digits.ts';
import { figure, percent } from '../format.ts';
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
  const worst = (norm: Kind, when: 'start' | 'trained') => Math.max(...GAINS.map((gain) => spread(norm, gain, when)));
  const even = (when: 'start' | 'trained') => ({
    holds: worst('batch', when) < worst('none', when),
    figures: `largest over smallest ${GAINS.map((gain) => `${figure(spread('batch', gain, when), 2)} with, ${figure(spread('none', gain, when), 2)} without at gain ${gain}`).join('; ')}`,
  });
  const less = (when: 'start' | 'trained') => ({
    holds: saturated('batch', when) < saturated('none', when),
    figures: `${percent(saturated('batch', when))} of the outputs with, ${percent(saturated('none', when))} without`,
  });
  return {
    title: 'Activations away from saturation',
    says: 'Normalization keeps the inputs of a saturating activation in its sensitive range, so that gradients neither vanish nor explode on their way through the layers.',
    method: `Nets of ${depth} tanh layers start from weights of deviation gain/√inputs: too small, about right, too large. Saturated is an output beyond ±${SATURATED}, where the derivative is below a tenth. The gradient is taken by the outputs of each layer, and a net is judged by the gain that suits it least.`,
    parts: [
      { statement: 'From large weights fewer units are saturated with batch norm, before training', ...less('start') },
      { statement: 'From large weights fewer units are saturated with batch norm, after training', ...less('trained') },
      { statement: 'The gradient is more even over the layers with batch norm, before training', ...even('start') },
      { statement: 'The gradient is more even over the layers with batch norm, after training', ...even('trained') },
    ],
  };
}

export function tables({ runs, steps, depth }: Saturation): Table[] {
  return [
    {
      title: `${depth} tanh layers after ${steps} steps: saturated outputs, gradient from layer to layer, accuracy`,
      head: ['', ...GAINS.map((gain) => `gain ${gain}`)],
      rows: KINDS.flatMap((norm) => {
        const each = (cell: (run: TanhRun) => string) => runs.filter((run) => run.norm === norm).map(cell);
        return [
          [`${NORM_NAMES[norm]}, saturated`, ...each(({ trained }) => percent(mean(trained, (s) => s.saturated)))],
          [
            `${NORM_NAMES[norm]}, largest over smallest gradient`,
            ...each(({ trained }) => figure(unevenness(trained), 2)),
          ],
          [`${NORM_NAMES[norm]}, accuracy`, ...each((run) => percent(run.accuracy))],
        ];
      }),
      note: `Initial weights have a deviation of gain / √inputs. Guessing gives ${percent(1 / CLASSES, 0)}.`,
    },
  ];
}
