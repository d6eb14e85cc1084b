// How norms and nets are called on the page.
import { NORM_NAMES, type NormKind } from '../../../examples/digits/nets/norm.ts';
import type { NetKind } from './protocol.ts';

/** `Batch norm`, at the beginning of a line. */
export const title = (norm: NormKind) => NORM_NAMES[norm].replace(/^./, (first) => first.toUpperCase());

/** `batch`, at the end of a curve. */
export const short = (norm: NormKind) => (norm === 'none' ? 'none' : NORM_NAMES[norm].replace(/ norm$/, ''));

export const NET_NAMES: Record<NetKind, string> = {
  convolutions: 'Three convolutions, ReLU',
  tanh: 'Eight tanh layers',
  tanhLarge: 'Eight tanh layers, weights × 3',
};
