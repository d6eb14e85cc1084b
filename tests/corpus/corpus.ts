// The corpus by the public API: the hash of all outputs of every case that tests/corpus/corpus.txt lists. The same
// numbers are made, and hashed in the same order, by crates/normlayers/tests/suite/corpus.rs.
import { backward, scope, type Tensor, tensor } from 'normlayers';
import { applyForward, type Case, type GradientTensors, type Options, parameterShape } from '../support/operations.ts';

// Only what is exact to the last bit everywhere: whole numbers, sums and products, and rounding to float32.
const { abs, fround, imul } = Math;

interface Data {
  readonly scale: number;
  readonly offset: number;
  readonly eps: number;
  readonly hardInX: number;
  readonly hardInDy: number;
}

interface Norm {
  readonly line: string;
  readonly case: Case;
  readonly constant: boolean;
}

export interface Corpus {
  readonly hash: string;
  readonly data: readonly Data[];
  readonly hard: readonly number[];
  readonly norms: readonly Norm[];
}

export function read(text: string): Corpus {
  const lines = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' '));
  const of = (name: string) => lines.filter(([first]) => first === name).map(([, ...words]) => words);
  return {
    hash: of('hash')[0]![0]!,
    data: of('data').map((words) => {
      const [scale, offset, eps, hardInX, hardInDy] = words.map(Number) as [number, number, number, number, number];
      return { scale, offset, eps, hardInX, hardInDy };
    }),
    hard: of('hard')[0]!.map(Number),
    norms: lines
      .filter(([first]) => !['hash', 'data', 'hard'].includes(first!))
      .map((words) => normOf(words.join(' '), words[0]!, words.slice(1).map(Number))),
  };
}

function normOf(line: string, name: string, sizes: readonly number[]): Norm {
  const [kind, ...variants] = name.split('-');
  const [shape, numGroups] = [sizes.slice(0, 3), sizes[3]];
  const channelAxis = variants.includes('last') ? -1 : 1;
  const norm = (c: Case, constant = false): Norm => ({ line, case: c, constant });
  switch (kind) {
    case 'layer':
      return norm({ op: 'layerNorm', shape, normalizedShape: shape.slice(1) });
    case 'rms':
      return norm({ op: 'rmsNorm', shape, normalizedShape: shape.slice(1) });
    case 'batch':
      return norm({ op: 'batchNorm', shape, channelAxis });
    case 'constant':
      return norm({ op: variants.includes('instance') ? 'instanceNorm' : 'batchNorm', shape, channelAxis }, true);
    case 'instance':
      return norm({ op: 'instanceNorm', shape, channelAxis });
    case 'group':
      return norm({ op: 'groupNorm', shape, channelAxis, numGroups: numGroups! });
    default:
      throw new Error(`the corpus has no norm "${name}"`);
  }
}

/** Mulberry32. */
class Numbers {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  whole(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = this.#state;
    t = imul(t ^ (t >>> 15), t | 1);
    t ^= t + imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  uniform(): number {
    return this.whole() / 4294967296;
  }

  /** About zero, and bell-shaped. */
  bell(): number {
    return this.uniform() + this.uniform() + this.uniform() + this.uniform() - 2;
  }

  fill(length: number, value: () => number): Float32Array {
    const values = new Float32Array(length);
    for (let i = 0; i < length; i++) values[i] = fround(value());
    return values;
  }
}

const rotated = (word: number, by: number) => (word << by) | (word >>> (32 - by));

/** Two hashes of 32 bits side by side, in the manner of MurmurHash3. */
export class Hash {
  #low = 0x9747b28c | 0;
  #high = 0x5bd1e995 | 0;
  readonly #bytes = new DataView(new ArrayBuffer(8));

  word(word: number): void {
    const k = imul(rotated(imul(word, 0xcc9e2d51), 15), 0x1b873593);
    this.#low = (imul(rotated(this.#low ^ k, 13), 5) + 0xe6546b64) | 0;
    this.#high = (imul(rotated(this.#high ^ k, 17), 9) + 0x38495ab5) | 0;
  }

  /** Sign and payload of NaN are the engine's to choose: all are one. */
  values(values: Float32Array | Float64Array): void {
    const wide = values.BYTES_PER_ELEMENT === 8;
    for (const value of values) {
      if (Number.isNaN(value)) {
        if (wide) this.word(0);
        this.word(wide ? 0x7ff80000 : 0x7fc00000);
        continue;
      }
      if (wide) this.#bytes.setFloat64(0, value, true);
      else this.#bytes.setFloat32(0, value, true);
      this.word(this.#bytes.getInt32(0, true));
      if (wide) this.word(this.#bytes.getInt32(4, true));
    }
  }

  /** The high word first. */
  words(): readonly [number, number] {
    return [this.#high, this.#low];
  }

  toString(): string {
    return this.words()
      .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
      .join('');
  }
}

/** What gradients are added to. */
const before = (length: number) => Float32Array.from({ length }, (_, i) => ((i % 7) - 3) * 0.75);

/** The hash of one case, whose number decides its parameters and seeds its values. */
function hashOf({ hard }: Corpus, norm: Norm, data: Data, number: number): Hash {
  const c = norm.case;
  const random = new Numbers(number + 1);
  const hash = new Hash();
  const size = c.shape.reduce((a, b) => a * b);
  const count = parameterShape(c).reduce((a, b) => a * b);
  const hardened = (one: number, value: number) =>
    one > 0 && random.whole() % one === 0 ? hard[random.whole() % hard.length]! : value;
  const x = random.fill(size, () => hardened(data.hardInX, data.offset + data.scale * random.bell()));
  const dy = random.fill(size, () => hardened(data.hardInDy, random.bell()));
  const weight = random.fill(count, () => random.bell());
  const bias = random.fill(count, () => random.bell());
  const runningMean = random.fill(count, () => data.offset + data.scale * random.bell());
  const runningVar = random.fill(count, () => abs(data.scale) * random.uniform() + 0.1);

  scope(() => {
    const parameter = (values: Float32Array, there: boolean) => (there ? tensor(values, parameterShape(c)) : null);
    const running = c.op === 'batchNorm' || c.op === 'instanceNorm';
    const options: Options = {
      weight: parameter(weight, number % 2 === 0),
      bias: parameter(bias, number % 4 < 2),
      eps: data.eps,
    };
    if (running) {
      options.runningMean = tensor(runningMean);
      options.runningVar = tensor(runningVar);
      options.mode = norm.constant ? 'frozen' : 'train';
      options.momentum = 0.1;
      options.runningVariance = number % 3 === 0 ? 'biased' : 'unbiased';
    }
    const { y, saved } = applyForward(c, tensor(x, c.shape), options);
    const gradient = tensor(dy, c.shape);
    const take = (result: Tensor | typeof saved.rstd | null) => result && hash.values(result.data);
    take(y);
    take(saved.mean);
    take(saved.rstd);
    if (running) {
      take(options.runningMean!);
      take(options.runningVar!);
    }
    const out: GradientTensors = {
      dx: tensor(before(size), c.shape),
      dweight: parameter(before(count), options.weight !== null),
      dbias: parameter(before(count), options.bias !== null),
    };
    for (const result of [
      backward(saved, gradient),
      backward(saved, gradient, { out, accumulate: true } as never),
    ] as GradientTensors[]) {
      take(result.dx);
      take(result.dweight);
      take(result.dbias);
    }
  });
  return hash;
}

export interface Answer {
  /** Of all cases. */
  readonly hash: string;
  /** Of each, by what it is of. */
  readonly cases: Readonly<Record<string, string>>;
}

/** All cases, in the order of the file: each norm on all data. */
export function answer(corpus: Corpus): Answer {
  const total = new Hash();
  const cases: Record<string, string> = {};
  corpus.norms.forEach((norm, n) => {
    corpus.data.forEach((data, d) => {
      const hash = hashOf(corpus, norm, data, n * corpus.data.length + d);
      for (const word of hash.words()) total.word(word);
      cases[`${norm.line}, data ${d + 1}`] = hash.toString();
    });
  });
  return { hash: total.toString(), cases };
}
