// The public face of the layers.

import type { Exactly, Forward, Gradient, IsNeeded, Mode, Needs, Saved } from '../operations/types.js';
import type { Runtime } from '../runtime/types.js';
import type { DataOf, DType, NestedArray, NumericArray, Tensor, TensorValues } from '../tensor/types.js';

/** A weight or bias of a layer, which owns it: it can be read and written, but not disposed. */
export interface Parameter<D extends DType = 'float32'> extends Tensor<D> {
  /** Its key in the layer's state dictionary. */
  readonly name: string;
  /** The sum of the gradients since `zeroGrad`; null before the first backward. The layer owns it. */
  readonly grad: Tensor<D> | null;
}

/** Whose defaults and state dictionary keys a layer has. An explicit option wins over its preset. */
export type Preset = 'torch' | 'keras' | 'flax' | 'onnx';

/** Options that every layer takes. */
export interface LayerOptions {
  /** Added to the variance; more than 0 for training. The default is the preset's, PyTorch's 1e-5. */
  readonly eps?: number | undefined;
  /** Whether there is a weight; wins over the affine option. */
  readonly scale?: boolean | undefined;
  /** Whether there is a bias; wins over the affine option. */
  readonly shift?: boolean | undefined;
  /** Default `'torch'`. */
  readonly preset?: Preset | undefined;
  /** `'float32'`; float64 is not computed yet. */
  readonly dtype?: 'float32' | undefined;
  /** Where the layer allocates, at its first use. Default: the default runtime then. */
  readonly runtime?: Runtime | undefined;
}

/** Options of {@link LayerNorm}. */
export interface LayerNormOptions extends LayerOptions {
  /** Whether there are weight and bias; default true. */
  readonly elementwiseAffine?: boolean | undefined;
}

/** Options of {@link RMSNorm}. */
export interface RMSNormOptions extends Omit<LayerOptions, 'eps'> {
  /** Added to the mean square; null is 1.1920929e-7. The default is the preset's, PyTorch's null. */
  readonly eps?: number | null | undefined;
  /** Whether there is a weight; default true. A bias comes by `shift` alone. */
  readonly elementwiseAffine?: boolean | undefined;
}

/** Options of {@link GroupNorm}. */
export interface GroupNormOptions extends LayerOptions {
  /** Whether there are weight and bias; default true, for {@link InstanceNorm} the preset's (PyTorch: false). */
  readonly affine?: boolean | undefined;
  /** Where the channels are: 1 or -1. The default is the preset's, PyTorch's 1. */
  readonly channelAxis?: number | undefined;
}

/** Options of {@link BatchNorm} and {@link InstanceNorm}. */
export interface RunningNormOptions extends GroupNormOptions {
  /**
   * The weight of the new observation in the running statistics, 0 to 1; null for the average of all since the start.
   * The default is the preset's, PyTorch's 0.1. With null the state dictionary has `num_batches_tracked` whatever the
   * preset; only PyTorch's must have it when it is loaded (the count then goes on from where it is).
   */
  readonly momentum?: number | null | undefined;
  /** Whether there are running statistics; default true for batch norm, false for instance norm. */
  readonly trackRunningStats?: boolean | undefined;
  /** Which variance is averaged. The default is the preset's, PyTorch's `'unbiased'`. */
  readonly runningVariance?: 'unbiased' | 'biased' | undefined;
}

/** Options of `layer.record`. */
export interface RecordOptions {
  /** Where y goes; not x, since backward needs it. */
  readonly out?: Tensor | null | undefined;
  /** False leaves the running statistics, and their counter, alone: for computing a forward again. Default true. */
  readonly track?: boolean | undefined;
}

/** Options of `layer.forward`. */
export interface LayerForwardOptions extends RecordOptions {
  /** Where y goes; x itself only in a forward that does not save. */
  readonly out?: Tensor | null | undefined;
  /** Whether a `backward` will follow. Default: in training mode (frozen or not) yes, after `eval()` no. */
  readonly save?: boolean | undefined;
}

/** Options of `layer.backward`. */
export interface LayerBackwardOptions {
  readonly needs?: Needs | undefined;
  /** Where dx goes; it may be dy. */
  readonly out?: { readonly dx?: Tensor | null | undefined } | undefined;
  /** Whether dx is added to `out.dx`; parameter gradients always are, to `grad`. */
  readonly accumulate?: { readonly dx?: boolean | undefined } | undefined;
  /** What `record` returned, instead of the pending forward; it is left as it is. */
  readonly saved?: Saved | null | undefined;
}

/** A BigInt64Array, named without the types of ES2020. */
export interface BigInt64ArrayLike extends ArrayBufferView {
  readonly length: number;
  readonly BYTES_PER_ELEMENT: number;
  [index: number]: bigint;
}

/** What `stateDict()` gives: arrays of their own, `num_batches_tracked` as a BigInt64Array of one. */
export type StateDict = Record<string, DataOf<'float32'> | BigInt64ArrayLike>;

/** What `stateDict({ json: true })` gives. */
export type JsonStateDict = Record<string, NestedArray>;

/** What a state dictionary may hold for `loadStateDict`. */
export type StateValue = TensorValues | NumericArray | BigInt64ArrayLike | NestedArray | bigint;

/** What `loadStateDict` found; keys without the prefix. */
export interface LoadResult {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}

type TensorIf<P> = P extends null ? null : Tensor;

/** A layer of any kind: for arrays of mixed ones. */
export interface Layer<
  W extends Parameter | null = Parameter | null,
  B extends Parameter | null = Parameter | null,
  R extends Tensor | null = Tensor | null,
> extends Disposable {
  /** What is added to the variance, or to the mean square. */
  readonly eps: number;
  /** Ones at first. Allocated, as all the layer owns, at first use. */
  readonly weight: W;
  /** Zeros at first. */
  readonly bias: B;
  /** [C], zeros at first; null without running statistics. The layer owns it. */
  readonly runningMean: R;
  /** [C], ones at first; null without running statistics. */
  readonly runningVar: R;
  /** How many forwards updated the running statistics; null without them. */
  readonly numBatchesTracked: R extends null ? null : number;
  /** 'eval' after `eval()`, else 'frozen' when frozen, else 'train'. */
  readonly mode: Mode;
  readonly disposed: boolean;
  /**
   * y for `x`, in the layer's mode; shaped as x.
   *
   * @param x with as many channels, or as long rows, as the layer was made for
   * @throws as the operation; RangeError `'VALUE'` for eps = 0 in training mode
   */
  forward(x: Tensor, options?: LayerForwardOptions): Tensor;
  /**
   * {@link forward} for a layer that is used more than once before its backward: returns what `backward` needs, and
   * leaves alone what is pending.
   */
  record(x: Tensor, options?: RecordOptions): Forward<TensorIf<W>, TensorIf<B>>;
  /**
   * dx of the pending forward, which it consumes; parameter gradients are added to their `grad`.
   *
   * @param dy the gradient of the loss by y, shaped as x
   * @returns dx shaped as x; null where it is not needed
   * @throws StateError `'STATE'` when no forward is pending, when two that save came without a backward between them
   * (both are dropped), or when x or weight was written since; otherwise as the function {@link backward}
   */
  backward<const O extends LayerBackwardOptions = Record<never, never>>(
    dy: Tensor,
    options?: Exactly<O, LayerBackwardOptions>,
  ): Gradient<Tensor, IsNeeded<O, 'dx'>>;
  /** Statistics of the input, running ones updated; forwards save. PyTorch's `train(false)` is {@link eval}. */
  train(): this;
  /** Running statistics where there are any; forwards do not save. Drops a pending forward. */
  eval(): this;
  /** Running statistics as constants while training, or no longer so; survives `train()`. */
  freeze(on?: boolean): this;
  /** The weight and bias there are, in this order. */
  parameters(): Parameter[];
  /** Fills the gradients with zeros. A pending forward stays pending. */
  zeroGrad(): void;
  /** The layer's state under its preset's keys, `prefix` (used as it is) before each. */
  stateDict(options: { readonly prefix?: string | undefined; readonly json: true }): JsonStateDict;
  stateDict(options?: { readonly prefix?: string | undefined; readonly json?: false | undefined }): StateDict;
  /**
   * Takes over a state: all of it, or with an error nothing. Only own properties of `dict` count; with a prefix, keys
   * without it are ignored. The layer's own tensors may be among the values.
   *
   * @throws RangeError `'VALUE'` when keys are missing or unexpected, unless `strict` is false; `'SHAPE'` when lengths
   * or shapes differ
   */
  loadStateDict(
    dict: { readonly [key: string]: StateValue },
    options?: { readonly prefix?: string | undefined; readonly strict?: boolean | undefined },
  ): LoadResult;
  /** Frees all the layer owns. */
  dispose(): void;
  /** `GroupNorm(32, 64) train` */
  toString(): string;
  /** The same. For its state, pass {@link stateDict} with `json: true` to `JSON.stringify`. */
  toJSON(): string;
}

type FlagOr<V, Otherwise> = V extends undefined ? Otherwise : V;

/** The value of the option `K` of `O`, or `Otherwise` where it is absent. */
export type OptionOr<O, K extends PropertyKey, Otherwise> = K extends keyof O ? FlagOr<O[K], Otherwise> : Otherwise;

/** A parameter where the flag `F` is true, null where it is false. */
export type ParameterIf<F> = F extends true ? Parameter : null;

/** Running statistics where the flag `F` is true, null where it is false. */
export type RunningIf<F> = F extends true ? Tensor : null;
