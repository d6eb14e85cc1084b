// A layer that was trained, a dictionary that it can be given, and what it holds then.
import { BatchNorm, type Layer, scope, tensor } from 'normlayers';
import { normals } from './random.ts';

const made: { dispose(): void }[] = [];
/** The layer, which `disposeLayers` is to dispose. */
export const keepLayer = <T extends { dispose(): void }>(layer: T): T => {
  made.push(layer);
  return layer;
};
export const disposeLayers = () => {
  for (const layer of made.splice(0)) layer.dispose();
};

export type Dict = Record<string, unknown>;
export const trained = () => {
  const norm = keepLayer(new BatchNorm(3));
  scope(() => norm.forward(tensor(normals(60, 1, 2, 3), [20, 3]), { save: false }));
  norm.weight.copyFrom([1.5, 2.5, 0.1]);
  norm.bias.copyFrom([-1, 1e-7, 3]);
  return norm;
};
export const goodDict = (): Dict => ({
  weight: [1, 2, 3],
  bias: [4, 5, 6],
  running_mean: [7, 8, 9],
  running_var: [10, 11, 12],
  num_batches_tracked: 13,
});
export const stateOf = (norm: Layer) => ({ ...norm.stateDict({ json: true }) });
