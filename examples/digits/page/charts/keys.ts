// The norms in their colours.
import { NORM_NAMES, NORMS, type NormKind } from '../../nets/norm.ts';
import type { Key } from '../plot.ts';
import { colour } from '../theme.ts';

export const normKeys = (norms: readonly NormKind[] = NORMS): Key[] =>
  norms.map((norm) => ({ label: NORM_NAMES[norm], colour: colour(norm) }));

export const normColour = ({ norm }: { norm: NormKind }) => colour(norm);
