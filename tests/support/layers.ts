// The five layers behind one constructor each, with the operation and the shape on which they are tried.
import { BatchNorm, GroupNorm, InstanceNorm, type Layer, LayerNorm, RMSNorm } from 'normlayers';
import type { Case } from './operations.ts';

export interface Kind {
  readonly name: string;
  readonly make: (options?: Record<string, unknown>) => Layer;
  readonly case: Case;
}

// The types of a layer follow the options it is given; a table of all layers has to forget that.
type Constructor = new (...args: unknown[]) => Layer;
const maker =
  (layer: unknown, ...args: unknown[]) =>
  (options?: Record<string, unknown>) =>
    new (layer as Constructor)(...args, ...(options ? [options] : []));

export const batchKind: Kind = {
  name: 'BatchNorm',
  make: maker(BatchNorm, 6),
  case: { op: 'batchNorm', shape: [4, 6, 5], channelAxis: 1 },
};
export const layerKind: Kind = {
  name: 'LayerNorm',
  make: maker(LayerNorm, [3, 5]),
  case: { op: 'layerNorm', shape: [4, 3, 5], normalizedShape: [3, 5] },
};
export const instanceKind: Kind = {
  name: 'InstanceNorm',
  make: maker(InstanceNorm, 6),
  case: { op: 'instanceNorm', shape: [4, 6, 5], channelAxis: 1 },
};
export const groupKind: Kind = {
  name: 'GroupNorm',
  make: maker(GroupNorm, 2, 6),
  case: { op: 'groupNorm', shape: [4, 6, 5], numGroups: 2, channelAxis: 1 },
};
export const rmsKind: Kind = {
  name: 'RMSNorm',
  make: maker(RMSNorm, [3, 5]),
  case: { op: 'rmsNorm', shape: [4, 3, 5], normalizedShape: [3, 5] },
};

export const kinds: readonly Kind[] = [batchKind, layerKind, instanceKind, groupKind, rmsKind];
export const named = (list: readonly Kind[] = kinds) => list.map((kind) => [kind.name, kind] as const);

/** Options under which a layer of any kind has both parameters. */
export const affine = { scale: true, shift: true };

export function withChannelsLast(kind: Kind): Case {
  const [n, c, s] = kind.case.shape as [number, number, number];
  return { ...kind.case, shape: [n, s, c], channelAxis: -1 };
}
