// Claim 3: batch norm makes the gradient a better guide (Santurkar et al., 2018). While a net trains, go along the
// gradient's direction by several step sizes, and see how much the loss varies and how far the gradient itself moves.
// Both nets train at the rate that was best for the plain one.
import type { Claim, Table } from '../claims.ts';
import { figure, list, median, percent } from '../format.ts';
import { convolutional } from '../nets/architectures.ts';
import type { Weights } from '../nets/layer.ts';
import type { Network } from '../nets/network.ts';
import { SEEDS } from '../settings.ts';
import { type Batch, train } from '../training.ts';
import type { Context } from './experiment.ts';

export interface Probe {
  readonly step: number;
  readonly loss: number;
  readonly least: number;
  readonly greatest: number;
  /** The greatest ‖∇L(W − ηg) − g‖ over the step sizes. */
  readonly change: number;
  /** The same divided by the way gone, ‖ηg‖: the effective smoothness β. */
  readonly smoothness: number;
  /** The least cosine between ∇L(W − ηg) and g. */
  readonly cosine: number;
}

export interface Predictability {
  readonly rate: number;
  /** Steps gone along the gradient, in units of the rate. */
  readonly strides: readonly number[];
  readonly probes: { readonly none: readonly Probe[]; readonly batch: readonly Probe[] };
}

const STRIDES = [0.5, 1, 2, 4];

export function predictability({ digits, settings, progress }: Context, rate: number): Predictability {
  const { probedSteps, probeEvery, batch } = settings;
  const bar = progress('Going along the gradient', 2 * probedSteps);
  const follow = (norm: 'none' | 'batch') => {
    const network = convolutional(norm, SEEDS.weights);
    const probes: Probe[] = [];
    train(network, {
      images: digits.training,
      steps: probedSteps,
      batch,
      rate,
      seed: SEEDS.batches,
      before(step, current) {
        if (step % probeEvery === 0) probes.push(probe(network, current, step, rate));
        bar.advance();
      },
    });
    network.dispose();
    return probes;
  };
  const probes = { none: follow('none'), batch: follow('batch') };
  bar.done();
  return { rate, strides: STRIDES, probes };
}

function probe(network: Network, { x, labels }: Batch, step: number, rate: number): Probe {
  const { loss } = network.gradient(x, labels, 'probe');
  const weights = network.weights();
  const start = flat(weights, ({ values }) => values);
  const g = flat(weights, ({ grad }) => grad);
  const size = Math.sqrt(dot(g, g));
  const found = STRIDES.map((stride) => {
    move(weights, start, g, -stride * rate);
    const there = network.gradient(x, labels, 'probe').loss;
    const h = flat(network.weights(), ({ grad }) => grad);
    const change = distance(h, g);
    return {
      loss: there,
      change,
      smoothness: change / (stride * rate * size),
      cosine: dot(g, h) / (size * Math.sqrt(dot(h, h))),
    };
  });
  move(weights, start, g, 0);
  const losses = [loss, ...found.map((there) => there.loss)];
  return {
    step,
    loss,
    least: Math.min(...losses),
    greatest: Math.max(...losses),
    change: Math.max(...found.map(({ change }) => change)),
    smoothness: Math.max(...found.map(({ smoothness }) => smoothness)),
    cosine: Math.min(...found.map(({ cosine }) => cosine)),
  };
}

function flat(weights: readonly Weights[], part: (weights: Weights) => Float32Array): Float32Array {
  const parts = weights.map(part);
  const all = new Float32Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const values of parts) {
    all.set(values, at);
    at += values.length;
  }
  return all;
}

function move(weights: readonly Weights[], start: Float32Array, direction: Float32Array, by: number): void {
  let at = 0;
  for (const { values } of weights) {
    for (let i = 0; i < values.length; i += 1, at += 1) values[i] = start[at]! + by * direction[at]!;
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}

function distance(a: Float32Array, b: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < a.length; i += 1) squares += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(squares);
}

const MEASURES = [
  {
    name: 'The loss varies less along the gradient',
    short: 'loss range',
    of: ({ greatest, least }: Probe) => greatest - least,
  },
  {
    name: 'The gradient itself changes less',
    short: 'gradient change',
    of: ({ change }: Probe) => change,
  },
  {
    name: 'The gradient changes less for the distance gone (effective smoothness β)',
    short: 'effective β',
    of: ({ smoothness }: Probe) => smoothness,
  },
];

export function claim({ probes, rate, strides }: Predictability): Claim {
  return {
    title: 'More predictable gradients',
    says: 'With batch norm the loss and the gradient change less when one goes along the gradient, so that the gradient can be trusted over longer steps.',
    method: `Both nets train at rate ${rate}, the best one for the plain net. Every few steps they go ${list(strides.map(String))} times that rate along the gradient of the batch at hand, as Santurkar et al. (2018) did, and come back; compared are the medians over ${probes.none.length} such probes.`,
    rule: 'Each of the paper’s three measures has to be smaller with batch norm than without, by however little. The rate is the best one for the plain net in this run, so that the comparison is on its ground. Nothing is judged by the cosine in the table.',
    summary: `of the plain net’s, batch norm has ${list(MEASURES.map(({ short, of }) => `${percent(median(probes.batch.map(of)) / median(probes.none.map(of)), 0)} of the ${short}`))}`,
    parts: MEASURES.map(({ name, of }) => {
      const plain = median(probes.none.map(of));
      const batch = median(probes.batch.map(of));
      return {
        statement: `${name} with batch norm`,
        holds: batch < plain,
        figures: `${figure(batch)} with, ${figure(plain)} without`,
      };
    }),
  };
}

export function tables({ probes, rate, strides }: Predictability): Table[] {
  const row = (name: string, of: readonly Probe[]) => [
    name,
    ...MEASURES.map((measure) => figure(median(of.map(measure.of)))),
    figure(median(of.map(({ cosine }) => cosine)), 2),
  ];
  return [
    {
      title: `Going ${strides.join(', ')} times the rate ${rate} along the gradient: medians over ${probes.none.length} probes`,
      head: ['', ...MEASURES.map(({ short }) => short), 'cosine'],
      rows: [row('no norm', probes.none), row('batch norm', probes.batch)],
      note: 'Gradient change is ‖∇L(W − ηg) − g‖, effective β the same over ‖ηg‖, the cosine that between both gradients.',
    },
  ];
}
