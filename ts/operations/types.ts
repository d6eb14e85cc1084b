// The public face of the operations: their options, and what they give back.

import type { AnyTensor, Tensor } from '../tensor/types.js';

/** Which statistics batch and instance norm use, and whether they move. */
export type Mode = 'train' | 'eval' | 'frozen';

/** The operations, as `saved.op` names them. */
export type OperationName = 'layerNorm' | 'rmsNorm' | 'groupNorm' | 'instanceNorm' | 'batchNorm';

/** Options of every operation. */
export interface NormOptions {
  /** Multiplies the normalized x; absent or null: no scale. */
  readonly weight?: Tensor | null | undefined;
  /** Is added last; absent or null: no shift. */
  readonly bias?: Tensor | null | undefined;
  /** Added to the variance, ≥ 0; default 1e-5. With 0, a variance of 0 gives rstd = 0. */
  readonly eps?: number | undefined;
  /** Where y goes: a tensor shaped as x, or x itself. It is returned, and stays its maker's to dispose. */
  readonly out?: Tensor | null | undefined;
}

/** Options of {@link rmsNorm}. */
export interface RmsOptions extends Omit<NormOptions, 'eps'> {
  /** Added to the mean square, ≥ 0; default null: 1.1920929e-7, the spacing of float32 at 1. */
  readonly eps?: number | null | undefined;
}

/** Options of the operations with a channel axis. */
export interface ChannelOptions extends NormOptions {
  /** Where the channels are: 1 (default; [N, C, …]) or -1 ([N, …, C]). The result has the layout of x. */
  readonly channelAxis?: number | undefined;
}

/** Options of the operations that can use running statistics. */
export interface RunningOptions extends ChannelOptions {
  /** [C]; given together with `runningVar`. */
  readonly runningMean?: Tensor | null | undefined;
  /** [C], the variance. */
  readonly runningVar?: Tensor | null | undefined;
  /**
   * `'train'`: the statistics of x, and the running ones (if given) are updated. `'eval'` and `'frozen'`: the running
   * statistics, as constants; without them, those of x. Default: `'eval'` with running statistics, else those of x.
   */
  readonly mode?: Mode | undefined;
  /** The weight of the new observation in the running statistics, 0 to 1; default 0.1. */
  readonly momentum?: number | undefined;
  /** Which variance is averaged: n / (n − 1) times the biased one (default), or the biased one. */
  readonly runningVariance?: 'unbiased' | 'biased' | undefined;
}

/** The options of an operation's Forward: its own, and what to recycle. */
export type ForwardOptions<Options> = Options & {
  /** A saved state that is no longer needed: its memory is used again, and it is what is returned. It stays its maker's. */
  readonly reuse?: Saved | null | undefined;
};

/** Which gradients are wanted; an absent key means true. */
export interface Needs {
  readonly dx?: boolean | undefined;
  readonly dweight?: boolean | undefined;
  readonly dbias?: boolean | undefined;
}

/** Options of {@link backward}. */
export interface BackwardOptions {
  /** What is not needed is neither computed nor returned (null). */
  readonly needs?: Needs | undefined;
  /**
   * Where the gradients go; `dx` may be dy, not x. They are returned, and stay their maker's to dispose. What is not
   * needed, or has no parameter, is checked and left alone.
   */
  readonly out?:
    | {
        readonly dx?: Tensor | null | undefined;
        readonly dweight?: Tensor | null | undefined;
        readonly dbias?: Tensor | null | undefined;
      }
    | undefined;
  /**
   * Adds to what `out` holds instead of overwriting it: all, or those named. The float64 total and the old value are
   * added and rounded once. Needs the matching `out`; dx cannot be added into dy.
   */
  readonly accumulate?:
    | boolean
    | {
        readonly dx?: boolean | undefined;
        readonly dweight?: boolean | undefined;
        readonly dbias?: boolean | undefined;
      }
    | undefined;
}

/** The options of an operation's Backward that keeps nothing: the forward's, what is known, and what is wanted. */
export type DirectBackwardOptions<Options> = Omit<Options, 'out'> &
  BackwardOptions & {
    /** The mean of x, shaped as `saved.mean`; given together with `rstd`, else both are computed again. */
    readonly mean?: AnyTensor | null | undefined;
    /** 1 / sqrt(var + eps) of x, shaped as `saved.rstd`. */
    readonly rstd?: AnyTensor | null | undefined;
  };

/** What `T`, an option that may hold a tensor, says about the parameter: there, absent, or either. */
type Present<T> = T extends null | undefined ? null : Tensor;

/** The type of the parameter that the options `O` name under `K`: a tensor, or null where they name none. */
export type ParameterIn<O, K extends PropertyKey> = K extends keyof O ? Present<O[K]> : null;

type Wanted<N, K extends PropertyKey> = N extends undefined
  ? true
  : K extends keyof N
    ? N[K] extends infer V
      ? V extends false
        ? false
        : true
      : never
    : true;

/** Whether options `O` ask for the gradient `K`; `boolean` where their type does not tell. */
export type IsNeeded<O, K extends keyof Needs> = 'needs' extends keyof O ? Wanted<O['needs'], K> : true;

/** The type of a gradient: null where it is not needed (`N`), or has no parameter (`P`). */
export type Gradient<P, N> = P extends null ? null : N extends false ? null : Tensor;

/**
 * `O`, but with no keys that are not keys of `Known`, as an object literal of a fixed type would. (`Known` itself is in it:
 * it is what editors complete names from, and what refuses values that have none of its keys, such as a tensor.)
 */
export type Exactly<O, Known> = O &
  Known &
  ([Exclude<keyof O, keyof Known>] extends [never]
    ? unknown
    : { readonly [K in Exclude<keyof O, keyof Known>]: never });

/** The gradients of an operation. `using` it frees those that the call made. */
export interface Gradients<
  Dx extends Tensor | null = Tensor | null,
  Dweight extends Tensor | null = Tensor | null,
  Dbias extends Tensor | null = Tensor | null,
> extends Disposable {
  readonly dx: Dx;
  readonly dweight: Dweight;
  readonly dbias: Dbias;
}

/** The gradients of an operation whose weight and bias are of types `W` and `B`, with the options `O`. */
export type GradientsFor<W, B, O> = Gradients<
  Gradient<Tensor, IsNeeded<O, 'dx'>>,
  Gradient<W, IsNeeded<O, 'dweight'>>,
  Gradient<B, IsNeeded<O, 'dbias'>>
>;

/** What a forward keeps for {@link backward}: it may serve several, and knows its operation and mode. */
export interface Saved<
  W extends Tensor | null = Tensor | null,
  B extends Tensor | null = Tensor | null,
  M extends Tensor<'float64'> | null = Tensor<'float64'> | null,
> extends Disposable {
  readonly op: OperationName;
  /** References of its own: disposing the caller's is safe. These are lent: neither disposed nor written by calls. */
  readonly x: Tensor;
  readonly weight: W;
  readonly bias: B;
  /**
   * The mean, in float64: the leading axes of x for layer norm, [C] for batch norm and wherever running statistics
   * were used, [N, C] for instance norm, [N, G] for group norm, null for RMS norm. Lent.
   */
  readonly mean: M;
  /** 1 / sqrt(var + eps), or what RMS norm has for it; shaped as `mean`. Lent. */
  readonly rstd: Tensor<'float64'>;
  readonly disposed: boolean;
  dispose(): void;
  /** `Saved layerNorm [32, 256]`, with the shape of x. */
  toString(): string;
  /** The same. */
  toJSON(): string;
}

/** The result of an operation's Forward. `using` it frees what the call made: y unless it was `out`, `saved` unless it was `reuse`. */
export interface Forward<
  W extends Tensor | null = Tensor | null,
  B extends Tensor | null = Tensor | null,
  M extends Tensor<'float64'> | null = Tensor<'float64'> | null,
> extends Disposable {
  readonly y: Tensor;
  readonly saved: Saved<W, B, M>;
}

/** The result of a Forward with the options `O`. */
export type ForwardFor<O, M extends Tensor<'float64'> | null = Tensor<'float64'>> = Forward<
  ParameterIn<O, 'weight'>,
  ParameterIn<O, 'bias'>,
  M
>;
