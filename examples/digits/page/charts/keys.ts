// The norms in their colours.
import type { Key } from '../../../../charts/sheet.ts';
import { colour } from '../../../../charts/theme.ts';
import { NORM_NAMES, NORMS, type NormKind } from '../../nets/norm.ts';

export const normKeys = (norms: readonly NormKind[] = NORMS): Key[] =>
  norms.map((norm) => ({ label: NORM_NAMES[norm], colour: colour(norm) }));

export const normColour = ({ norm }: { norm: NormKind }) => colour(norm);
