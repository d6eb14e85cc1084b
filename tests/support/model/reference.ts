// What the model expects of an operation: the operation itself, on fresh tensors in a runtime where nothing else happens.
// The bits of a result depend on its inputs alone, so they are those of the same call among views, scopes and old states.
import {
  batchNormBackward,
  batchNormForward,
  createRuntime,
  groupNormBackward,
  groupNormForward,
  layerNormBackward,
  layerNormForward,
  rmsNormBackward,
  rmsNormForward,
  type Saved,
  scope,
  type Tensor,
  tensor,
} from 'normlayers';

/** Every tensor of the model has rows of as many elements. */
export const WIDTH = 4;

export type Op = 'layerNorm' | 'rmsNorm' | 'groupNorm' | 'batchNorm';
export const OPS: readonly Op[] = ['layerNorm', 'rmsNorm', 'groupNorm', 'batchNorm'];

type Anything = (...args: unknown[]) => unknown;
const FORWARDS = {
  layerNorm: layerNormForward,
  rmsNorm: rmsNormForward,
  groupNorm: groupNormForward,
  batchNorm: batchNormForward,
} as unknown as Record<Op, Anything>;
const BACKWARDS = {
  layerNorm: layerNormBackward,
  rmsNorm: rmsNormBackward,
  groupNorm: groupNormBackward,
  batchNorm: batchNormBackward,
} as unknown as Record<Op, Anything>;

/** What the operation takes besides x. */
export const ARGUMENT: Record<Op, unknown[]> = { layerNorm: [WIDTH], rmsNorm: [WIDTH], groupNorm: [2], batchNorm: [] };

export const forwardOf = (op: Op, x: Tensor, options: object) =>
  FORWARDS[op](x, ...ARGUMENT[op], options) as { y: Tensor; saved: Saved };

/** How many statistics there are. */
export const statisticsOf = (op: Op, rows: number): number =>
  op === 'batchNorm' ? WIDTH : op === 'groupNorm' ? 2 * rows : rows;

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
      const shape = [rows, WIDTH];
      const constants = inputs.running !== null && !inputs.trains;
      // A forward that trains has moved the running statistics already; its own are what counts.
      const options = optionsOf(constants ? inputs : { ...inputs, running: null });
      const statistic = (values: Float64Array) =>
        tensor(values, op === 'batchNorm' ? [WIDTH] : op === 'groupNorm' ? [rows, 2] : [rows]);
      const statistics = constants ? {} : { mean: mean && statistic(mean), rstd: statistic(rstd) };
      const out = { dweight: vector(before.dweight), dbias: vector(before.dbias) };
      const accumulate = { dweight: out.dweight !== null, dbias: out.dbias !== null };
      const found = BACKWARDS[op](tensor(dy, shape), tensor(x, shape), ...ARGUMENT[op], {
        ...options,
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
