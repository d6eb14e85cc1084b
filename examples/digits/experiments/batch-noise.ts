// Claim 5: in training, batch norm makes the output for one example depend on the others in its batch: noise, which
// regularises. In evaluation there is none, and none at all with the other norms.
import type { Claim, Table } from '../claims.ts';
import { figure, list, percent } from '../format.ts';
import { CLASSES, type Images } from '../images.ts';
import type { Network } from '../nets/network.ts';
import { NORM_NAMES, NORMS, type NormKind } from '../nets/norm.ts';
import { random } from '../random.ts';
import { SEEDS } from '../settings.ts';
import { Batch } from '../training.ts';
import type { Context } from './experiment.ts';

export interface Spread {
  readonly norm: NormKind;
  readonly pass: 'observe' | 'eval';
  readonly batch: number;
  /** Root mean square over classes of the logits' deviation between batches. */
  readonly spread: number;
  /** The same divided by the deviation of logits between different examples. */
  readonly relative: number;
  /** The logit of the example's own class in each batch. */
  readonly logits: readonly number[];
}

export interface BatchNoise {
  readonly label: number;
  readonly draws: number;
  readonly batch: number;
  readonly spreads: readonly Spread[];
  /** Batch norm in training, by size of the batch. */
  readonly bySize: readonly Spread[];
}

export function batchNoise(
  { digits, settings, progress }: Context,
  networks: ReadonlyMap<NormKind, Network>,
): BatchNoise {
  const { draws, batch, noiseBatches } = settings;
  const bar = progress('One digit among many batches', 2 * NORMS.length + noiseBatches.length);
  const measure = (norm: NormKind, pass: Spread['pass'], size: number) => {
    const spread = spreadOf(networks.get(norm)!, norm, pass, size, draws, digits.heldOut, digits.training);
    bar.advance();
    return spread;
  };
  const spreads = NORMS.flatMap((norm) => [measure(norm, 'observe', batch), measure(norm, 'eval', batch)]);
  const bySize = noiseBatches.map((size) => measure('batch', 'observe', size));
  bar.done();
  return { label: digits.heldOut.labels[0]!, draws, batch, spreads, bySize };
}

/** The first held-out example, in the first place of batches whose other places are drawn anew each time. */
function spreadOf(
  network: Network,
  norm: NormKind,
  pass: Spread['pass'],
  size: number,
  draws: number,
  examples: Images,
  others: Images,
): Spread {
  const batch = new Batch(size);
  const source = random(SEEDS.probes);
  const label = examples.labels[0]!;
  const outputs: Float32Array[] = [];
  for (let draw = 0; draw < draws; draw += 1) {
    batch.fill(
      others,
      Array.from({ length: size }, () => source.integer(others.count)),
    );
    batch.x.rows(0, 1).copyFrom(examples.pixels.subarray(0, batch.x.size / size));
    outputs.push(network.forward(batch.x, pass).data.slice(0, CLASSES));
  }
  batch.dispose();
  const spread = deviation(outputs);
  return {
    norm,
    pass,
    batch: size,
    spread,
    relative: spread / scale(network, examples),
    logits: outputs.map((z) => z[label]!),
  };
}

/** How much logits differ between examples, in evaluation. */
function scale(network: Network, examples: Images): number {
  const size = 100;
  const batch = new Batch(size).fill(
    examples,
    Array.from({ length: size }, (_, i) => i),
  );
  const logits = network.forward(batch.x, 'eval').toTypedArray();
  batch.dispose();
  return deviation(Array.from({ length: size }, (_, n) => logits.subarray(n * CLASSES, (n + 1) * CLASSES)));
}

/** Root mean square over the columns of their standard deviations; exactly 0 when all rows are the same. */
function deviation(rows: readonly ArrayLike<number>[]): number {
  let variance = 0;
  for (let i = 0; i < CLASSES; i += 1) {
    const first = rows[0]![i]!;
    let sum = 0;
    let squares = 0;
    for (const row of rows) {
      const d = row[i]! - first;
      sum += d;
      squares += d * d;
    }
    variance += (squares - (sum * sum) / rows.length) / rows.length;
  }
  return Math.sqrt(variance / CLASSES);
}

const find = (spreads: readonly Spread[], norm: NormKind, pass: Spread['pass']) =>
  spreads.find((spread) => spread.norm === norm && spread.pass === pass)!;

export function claim({ spreads, bySize, draws, batch }: BatchNoise): Claim {
  const training = find(spreads, 'batch', 'observe');
  const evaluation = find(spreads, 'batch', 'eval');
  const others = spreads.filter(({ norm }) => norm !== 'batch');
  const [smallest, largest] = [bySize[0]!, bySize.at(-1)!];
  return {
    title: 'Noise from the batch',
    says: 'In training, batch norm makes an example’s output depend on the other examples of the batch; in evaluation, and with the other norms, it does not.',
    method: `One held-out digit goes through the nets trained at the usual rate, in ${draws} batches of ${batch} whose other digits are drawn anew each time. Compared are its ten logits.`,
    rule: 'None means none: the standard deviation over the batches has to be exactly 0, every logit the same to the last bit. With batch norm in training it has to be greater than 0, and smaller at each larger batch.',
    summary: `${percent(training.relative)} of what logits differ between digits, with batch norm in training; ${figure(evaluation.relative)} in evaluation, ${figure(Math.max(...others.map(({ relative }) => relative)))} with the other norms`,
    parts: [
      {
        statement: 'In training the output with batch norm varies from batch to batch',
        holds: training.spread > 0,
        figures: `logits deviate by ${figure(training.spread)}, ${percent(training.relative)} of what they differ between digits`,
      },
      {
        statement: 'The noise falls as the batch grows',
        holds: bySize.every(({ spread }, i) => i === 0 || spread < bySize[i - 1]!.spread),
        figures: `${percent(smallest.relative)} in batches of ${smallest.batch}, ${percent(largest.relative)} in batches of ${largest.batch}`,
      },
      {
        statement: 'In evaluation there is none: the same bits in every batch',
        holds: evaluation.spread === 0,
        figures: `deviation ${figure(evaluation.spread)}`,
      },
      {
        statement: 'There is none with the other norms, in training or evaluation',
        holds: others.every(({ spread }) => spread === 0),
        figures: `deviation ${list(NORMS.filter((norm) => norm !== 'batch').map((norm) => `${figure(find(spreads, norm, 'observe').spread)} (${NORM_NAMES[norm]})`))}`,
      },
    ],
  };
}

export function tables({ spreads, draws, batch }: BatchNoise): Table[] {
  return [
    {
      title: `Deviation of one digit’s logits over ${draws} batches of ${batch}`,
      head: ['', 'training', 'evaluation'],
      rows: NORMS.map((norm) => [
        NORM_NAMES[norm],
        figure(find(spreads, norm, 'observe').spread),
        figure(find(spreads, norm, 'eval').spread),
      ]),
    },
  ];
}
