// What the model expects of an operation: the operation itself, on fresh tensors in a runtime where nothing else happens.
// The bits of a result depend on its inputs alone, so they are those of the same call among views, scopes and old states.
import {
  backward,
  batchNormBackward,
  batchNormForward,
  createRuntime,
  groupNormBackward,
  groupNormForward,
  instanceNormBackward,
  instanceNormForward,
  layerNormBackward,
  layerNormForward,
  type Needs,
  rmsNormBackward,
  rmsNormForward,
  type Saved,
  scope,
  type Tensor,
  tensor,
} from 'normlayers';

/** Every tensor of the model has rows of as many elements. */
export const WIDTH = 4;

export type Op = 'layerNorm' | 'rmsNorm' | 'groupNorm' | 'batchNorm' | 'instanceNorm';
export const OPS: readonly Op[] = ['layerNorm', 'rmsNorm', 'groupNorm', 'batchNorm', 'instanceNorm'];

type Anything = (...args: unknown[]) => unknown;
const FORWARDS = {
  layerNorm: layerNormForward,
  rmsNorm: rmsNormForward,
  groupNorm: groupNormForward,
  batchNorm: batchNormForward,
  instanceNorm: instanceNormForward,
} as unknown as Record<Op, Anything>;
const BACKWARDS = {
  layerNorm: layerNormBackward,
  rmsNorm: rmsNormBackward,
  groupNorm: groupNormBackward,
  batchNorm: batchNormBackward,
  instanceNorm: instanceNormBackward,
} as unknown as Record<Op, Anything>;

/** What the operation takes besides x. */
const ARGUMENT: Record<Op, unknown[]> = {
  layerNorm: [WIDTH],
  rmsNorm: [WIDTH],
  groupNorm: [2],
  batchNorm: [],
  instanceNorm: [],
};

/** To instance norm rows are the positions of one image, channels last. */
export const layoutOf = (op: Op) => (op === 'instanceNorm' ? { channelAxis: -1 } : {});
const shapeOf = (op: Op, rows: number) => (op === 'instanceNorm' ? [1, rows, WIDTH] : [rows, WIDTH]);

/** Makes a call with tensors shaped as the operation takes them, but for dead ones; where these are views, they end with it. */
export function shaped<R>(op: Op, tensors: readonly (Tensor | undefined)[], call: (...given: Tensor[]) => R): R {
  if (op !== 'instanceNorm') return call(...(tensors as Tensor[]));
  const views: (Tensor | undefined)[] = [];
  try {
    for (const t of tensors) views.push(t?.disposed ? t : t?.reshape(shapeOf(op, t.size / WIDTH)));
    return call(...(views as Tensor[]));
  } finally {
    for (const view of views) view?.dispose();
  }
}

/** What such a call gave as rows, which are then all that owns it. */
export function asRows(t: Tensor): Tensor {
  if (t.rank === 2) return t;
  const rows = t.reshape([t.size / WIDTH, WIDTH]);
  t.dispose();
  return rows;
}

interface ForwardOptions {
  readonly weight?: Tensor | null | undefined;
  readonly out?: Tensor | undefined;
  readonly reuse?: Saved;
}

export const forwardOf = (op: Op, x: Tensor, options: ForwardOptions) =>
  shaped(op, [x, options.out], (input, out) => {
    const given = { ...options, ...layoutOf(op), out };
    const { y, saved } = FORWARDS[op](input, ...ARGUMENT[op], given) as { y: Tensor; saved: Saved };
    return { y: options.out ?? asRows(y), saved };
  });

export const backwardOf = (op: Op, saved: Saved, dy: Tensor, needs: Needs) =>
  shaped(op, [dy], (upstream) => {
    const { dx, dweight } = backward(saved, upstream, { needs }) as { dx: Tensor | null; dweight: Tensor | null };
    return { dx: dx && asRows(dx), dweight };
  });

/** How the statistics of x are shaped. */
function statisticsShape(op: Op, rows: number): number[] {
  if (op === 'batchNorm') return [WIDTH];
  if (op === 'instanceNorm') return [1, WIDTH];
  return op === 'groupNorm' ? [rows, 2] : [rows];
}

/** How many statistics there are. */
export const statisticsOf = (op: Op, rows: number): number =>
  statisticsShape(op, rows).reduce((size, extent) => size * extent, 1);

/** Whether so many rows are too few for statistics of their own. */
export const areTooFew = (op: Op, rows: number): boolean =>
  (op === 'batchNorm' && rows === 1) || (op === 'instanceNorm' && rows < 2);

const aside = createRuntime({ maxMemory: 64 * 65536 });

export interface Running {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

export interface Inputs {
  readonly op: Op;
  readonly rows: number;
  readonly x: Float32Array;
  readonly weight: Float32Array | null;
  readonly bias: Float32Array | null;
  /** Running statistics: constants, or updated where `trains`. */
  readonly running: Running | null;
  readonly trains: boolean;
}

export interface Found {
  readonly y: Float32Array;
  readonly mean: Float64Array | null;
  readonly rstd: Float64Array;
  readonly running: Running | null;
}

const vector = (values: Float32Array | null) => values && tensor(values);

function optionsOf({ weight, bias, running, trains }: Inputs) {
  const given = { weight: vector(weight), bias: vector(bias) };
  if (!running) return given;
  const mode = trains ? 'train' : 'frozen';
  return { ...given, runningMean: tensor(running.mean), runningVar: tensor(running.variance), mode };
}

export function expectedForward(inputs: Inputs): Found {
  return scope(
    () => {
      const options = optionsOf(inputs);
      const { y, saved } = forwardOf(inputs.op, tensor(inputs.x, [inputs.rows, WIDTH]), options);
      const { runningMean, runningVar } = options as { runningMean?: Tensor; runningVar?: Tensor };
      return {
        y: y.toTypedArray(),
        mean: saved.mean?.toTypedArray() ?? null,
        rstd: saved.rstd.toTypedArray(),
        running:
          runningMean && runningVar ? { mean: runningMean.toTypedArray(), variance: runningVar.toTypedArray() } : null,
      };
    },
    { runtime: aside },
  );
}

export interface Gradients {
  readonly dx: Float32Array;
  readonly dweight: Float32Array | null;
  readonly dbias: Float32Array | null;
}

/** The gradients from saved statistics; parameter gradients are added to `before`. */
export function expectedBackward(
  inputs: Inputs,
  { mean, rstd }: Found,
  dy: Float32Array,
  before: { readonly dweight: Float32Array | null; readonly dbias: Float32Array | null },
): Gradients {
  return scope(
    () => {
      const { op, x, rows } = inputs;
      const shape = shapeOf(op, rows);
      const constants = inputs.running !== null && !inputs.trains;
      // A forward that trains has moved the running statistics already; its own are what counts.
      const options = optionsOf(constants ? inputs : { ...inputs, running: null });
      const statistic = (values: Float64Array) => tensor(values, statisticsShape(op, rows));
      const statistics = constants ? {} : { mean: mean && statistic(mean), rstd: statistic(rstd) };
      const out = { dweight: vector(before.dweight), dbias: vector(before.dbias) };
      const accumulate = { dweight: out.dweight !== null, dbias: out.dbias !== null };
      const found = BACKWARDS[op](tensor(dy, shape), tensor(x, shape), ...ARGUMENT[op], {
        ...options,
        ...layoutOf(op),
        ...statistics,
        out,
        accumulate,
      }) as { dx: Tensor; dweight: Tensor | null; dbias: Tensor | null };
      return {
        dx: found.dx.toTypedArray(),
        dweight: found.dweight?.toTypedArray() ?? null,
        dbias: found.dbias?.toTypedArray() ?? null,
      };
    },
    { runtime: aside },
  );
}
