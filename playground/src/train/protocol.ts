// What the page and the worker that trains say to each other.
import type { NormKind } from '../../../examples/digits/nets/norm.ts';

export const NETS = ['convolutions', 'tanh', 'tanhLarge'] as const;
export type NetKind = (typeof NETS)[number];

export interface Choice {
  readonly net: NetKind;
  readonly norms: readonly NormKind[];
  readonly rate: number;
}

export type ToWorker =
  | { readonly type: 'load'; readonly digits: string }
  | { readonly type: 'choose'; readonly choice: Choice }
  | { readonly type: 'run'; readonly running: boolean }
  | { readonly type: 'reset' }
  /** The image that the nets are asked about from now on: ink from 0 to 1. */
  | { readonly type: 'look'; readonly look: number; readonly image: Float32Array | null }
  /** Asks for another held-out image of a digit. */
  | { readonly type: 'sample'; readonly digit: number };

/** What enters one activation, over some held-out digits, and how long the gradient is that comes out of it. */
export interface LayerState {
  /** Shares in equal bins from −RANGE to RANGE; what lies outside is in the first and the last. */
  readonly histogram: readonly number[];
  /** Of the loss by the activation's output, at the last step. */
  readonly gradient: number | null;
}

export interface NetState {
  /** Another one after each reset. */
  readonly id: number;
  readonly norm: NormKind;
  readonly step: number;
  /** For each step since the report before: the loss of its batch, and the norm of the gradient by all weights. */
  readonly losses: readonly number[];
  readonly gradients: readonly number[];
  /** On all held-out digits, at the step when it was last found; null before that. */
  readonly accuracy: { readonly step: number; readonly share: number } | null;
  /** The loss has stopped being a number. */
  readonly diverged: boolean;
  readonly layers: readonly LayerState[];
  /** Of the ten digits, for the image the nets are asked about. */
  readonly probabilities: readonly number[] | null;
}

export type FromWorker =
  | { readonly type: 'loaded'; readonly training: number; readonly heldOut: number }
  /** `look` is the number of the image that the probabilities are for. */
  | { readonly type: 'report'; readonly running: boolean; readonly look: number; readonly nets: readonly NetState[] }
  | { readonly type: 'sample'; readonly digit: number; readonly image: Float32Array }
  | { readonly type: 'unsupported' | 'failed'; readonly reason: string };

/** What the histograms show lies between −RANGE and RANGE. */
export const RANGE = 4;
export const BINS = 41;
