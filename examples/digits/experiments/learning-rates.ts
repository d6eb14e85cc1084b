// Claim 1: with normalization a net trains at learning rates at which it otherwise would not, and in fewer steps.
// The same net from the same weights on the same batches, once for every norm and rate.
import type { Claim, Table } from '../claims.ts';
import { list, percent, span } from '../format.ts';
import { convolutional } from '../nets/architectures.ts';
import type { Network } from '../nets/network.ts';
import { NORM_NAMES, NORMS, type NormKind } from '../nets/norm.ts';
import { SEEDS, USUAL_RATE } from '../settings.ts';
import { accuracy, train } from '../training.ts';
import type { Context } from './experiment.ts';

export interface Run {
  readonly norm: NormKind;
  readonly rate: number;
  /** The loss of each batch before it was learnt from; it ends early where it stopped being a number. */
  readonly losses: readonly number[];
  readonly finite: boolean;
  /** Share of each batch told rightly before it was learnt from; no image comes twice. */
  readonly hits: readonly number[];
  /** On held-out images, after the last step. */
  readonly accuracy: number;
}

export interface LearningRates {
  readonly rates: readonly number[];
  readonly steps: number;
  readonly batch: number;
  /** What a net has to reach: within a tenth of what the plain net reaches at its best rate. */
  readonly target: number;
  readonly heldOut: number;
  readonly runs: readonly Run[];
}

const WINDOW = 10;

/** Also gives the nets trained at the usual rate, for the experiments that need trained ones. */
export function learningRates({ digits, settings, progress }: Context): {
  data: LearningRates;
  networks: Map<NormKind, Network>;
} {
  const { rates, steps, batch } = settings;
  const networks = new Map<NormKind, Network>();
  const bar = progress('Training at every learning rate', NORMS.length * (rates.length + 1));
  const runs: Run[] = [];
  for (const norm of NORMS) {
    for (const rate of new Set([...rates, USUAL_RATE])) {
      const network = convolutional(norm, SEEDS.weights);
      const run = trainOnce(network, norm, rate, { digits, settings });
      if (rates.includes(rate)) runs.push(run);
      if (rate === USUAL_RATE) networks.set(norm, network);
      else network.dispose();
      bar.advance();
    }
  }
  bar.done();
  const target = 0.9 * bestOf(runs, 'none').accuracy;
  return { data: { rates, steps, batch, target, heldOut: digits.heldOut.count, runs }, networks };
}

function trainOnce(
  network: Network,
  norm: NormKind,
  rate: number,
  { digits, settings }: Omit<Context, 'progress'>,
): Run {
  const { steps, batch } = settings;
  const losses: number[] = [];
  const hits: number[] = [];
  let finite = true;
  train(network, {
    images: digits.training,
    steps,
    batch,
    rate,
    seed: SEEDS.batches,
    after({ loss, correct }) {
      finite = Number.isFinite(loss);
      if (!finite) return false;
      losses.push(loss);
      hits.push(correct / batch);
      return true;
    },
  });
  return { norm, rate, losses, hits, finite, accuracy: accuracy(network, digits.heldOut, batch) };
}

export const runsOf = ({ runs }: LearningRates, norm: NormKind) => runs.filter((run) => run.norm === norm);

/** The largest rate at which a net with this norm reaches the target on held-out images. */
export function largestRate(data: LearningRates, norm: NormKind): number | null {
  const trained = runsOf(data, norm).filter((run) => run.finite && run.accuracy >= data.target);
  return trained.length ? Math.max(...trained.map(({ rate }) => rate)) : null;
}

/** The first step after which the mean accuracy of the last batches is the target. */
export function stepsToTarget({ hits }: Run, target: number): number | null {
  for (let step = WINDOW; step <= hits.length; step += 1) {
    const recent = hits.slice(step - WINDOW, step);
    if (recent.reduce((a, b) => a + b) >= target * WINDOW) return step;
  }
  return null;
}

/** The fewest steps to the target, at whichever rate needs fewest. */
export function fewestSteps(data: LearningRates, norm: NormKind): number | null {
  const counts = runsOf(data, norm).flatMap((run) => stepsToTarget(run, data.target) ?? []);
  return counts.length ? Math.min(...counts) : null;
}

/** The rate at which a net with this norm does best on held-out images. */
export function bestRun(data: LearningRates, norm: NormKind): Run {
  return bestOf(data.runs, norm);
}

const bestOf = (runs: readonly Run[], norm: NormKind) =>
  runs.filter((run) => run.norm === norm).reduce((best, run) => (run.accuracy > best.accuracy ? run : best));

/** The norms that the claim is about; RMS norm is trained along, and told beside them. */
const LECTURE: readonly NormKind[] = ['batch', 'layer', 'instance', 'group'];
const NAMES = list(LECTURE.map((norm) => NORM_NAMES[norm].replace(' norm', '')));

export function claim(data: LearningRates): Claim {
  const best = bestRun(data, 'none');
  const plain = { rate: largestRate(data, 'none'), steps: fewestSteps(data, 'none') };
  const failing = data.rates.filter((rate) => accuracyAt(data, 'none', rate) < data.target);
  const telling = failing.find((rate) => LECTURE.every((norm) => accuracyAt(data, norm, rate) >= data.target));
  const told = telling ?? failing[0];

  const part = (
    statement: string,
    holdsFor: (norm: NormKind) => boolean,
    value: (norm: NormKind) => string,
    where = '',
  ) => ({
    statement,
    holds: LECTURE.every(holdsFor),
    figures: `${where}${value('none')} without a norm; ${list(LECTURE.map((norm) => `${NORM_NAMES[norm]} ${value(norm)}`))}. Outside the claim, ${NORM_NAMES.rms}: ${value('rms')}, which ${holdsFor('rms') ? 'holds too' : 'fails'}`,
  });
  const rateOf = (norm: NormKind) => `${largestRate(data, norm) ?? 'none'}`;
  const stepsOf = (norm: NormKind) => `${fewestSteps(data, norm) ?? 'never'}`;
  const failure =
    'At some rate the net without a norm fails where those with batch, layer, instance and group norm all train';
  return {
    title: 'Larger learning rates',
    says: 'Normalised nets train at learning rates at which the plain net fails, and reach a given accuracy in fewer steps.',
    method: `A net of three convolutions is trained from the same weights on the same batches, once for each norm and rate. The claim is about ${NAMES} norm; RMS norm is trained along, and its figures stand beside theirs.`,
    rule: `A net trains at a rate when it reaches ${percent(data.target)} on held-out digits, and fails when it does not, whether its loss stays at guessing or stops being a number (diverged). That bar is nine tenths of the plain net’s best in this run, ${percent(best.accuracy)} at rate ${best.rate}, and the same for all. Steps are counted until the mean accuracy of the last ${WINDOW} batches, each told before it was learnt from, is there.`,
    summary: `trains to rate ${summed(
      LECTURE.map((norm) => largestRate(data, norm)),
      'none',
    )} with ${NAMES} norm, ${rateOf('none')} without; in ${summed(
      LECTURE.map((norm) => fewestSteps(data, norm)),
      'never',
    )} steps, ${stepsOf('none')} without`,
    parts: [
      part(
        `The largest rate at which the net still trains is greater with each of ${NAMES} norm than without`,
        (norm) => (largestRate(data, norm) ?? 0) > (plain.rate ?? Infinity),
        rateOf,
      ),
      told === undefined
        ? { statement: failure, holds: false, figures: `it trains at all ${data.rates.length} rates` }
        : part(
            failure,
            (norm) => accuracyAt(data, norm, told) >= data.target,
            (norm) => percent(accuracyAt(data, norm, told)),
            `at rate ${told}, `,
          ),
      part(
        `Each of ${NAMES} norm needs fewer steps to ${percent(data.target)} on batches not seen before than no norm, every net at its quickest rate`,
        (norm) => (fewestSteps(data, norm) ?? Infinity) < (plain.steps ?? Infinity),
        stepsOf,
      ),
    ],
  };
}

const accuracyAt = (data: LearningRates, norm: NormKind, rate: number) =>
  runsOf(data, norm).find((run) => run.rate === rate)?.accuracy ?? 0;

/** The range of what was reached; the word when some net reached nothing. */
function summed(values: readonly (number | null)[], word: string): string {
  const reached = values.filter((value) => value !== null);
  return reached.length === values.length ? span(reached) : word;
}

export function tables(data: LearningRates): Table[] {
  const head = ['learning rate', ...data.rates.map(String)];
  const of = (cell: (run: Run) => string) => NORMS.map((norm) => [NORM_NAMES[norm], ...runsOf(data, norm).map(cell)]);
  return [
    {
      title: `Accuracy, %, on ${data.heldOut.toLocaleString('en')} held-out digits after ${data.steps} steps of ${data.batch}`,
      head,
      rows: of((run) => `${run.finite ? '' : '✗ '}${(100 * run.accuracy).toFixed(1)}`),
      note: data.runs.every(({ finite }) => finite) ? undefined : '✗ diverged: the loss stopped being a number',
    },
    {
      title: `Steps to ${percent(data.target)} on new batches`,
      head,
      rows: of((run) => String(stepsToTarget(run, data.target) ?? '–')),
      note: 'Mean over the last ten batches, each told before it was learnt from. – never.',
    },
  ].map(({ note, ...table }) => (note ? { ...table, note } : table));
}
