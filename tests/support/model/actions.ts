// All that may be done to the library, by name, and the end of it.
import { setDefaultRuntime } from 'normlayers';
import { type Action, isPending } from './dice.ts';
import * as layers from './layers.ts';
import type { Model } from './model.ts';
import * as places from './places.ts';
import * as states from './states.ts';
import * as tensors from './tensors.ts';

export const ACTIONS: Readonly<Record<string, Action>> = {
  make: tensors.make,
  makeElsewhere: tensors.makeElsewhere,
  view: tensors.view,
  clone: tensors.clone,
  dispose: tensors.dispose,
  write: tensors.write,
  poke: tensors.poke,
  copy: tensors.copy,
  keepOne: tensors.keepOne,
  forward: states.forward,
  again: states.again,
  differentiate: states.differentiate,
  makeLayer: layers.makeLayer,
  'layer.forward': layers.runLayer(false),
  'layer.record': layers.runLayer(true),
  'layer.backward': layers.backwardLayer,
  setMode: layers.setMode,
  zeroGrad: layers.zeroGrad,
  carryState: layers.carryState,
  disposeLayer: layers.disposeLayer,
  addRuntime: places.addRuntime,
  endRuntime: places.endRuntime,
  chooseDefault: places.chooseDefault,
};

/** Disposes all there is, in whatever order, and gives back what else was taken. */
export function endAll(m: Model, home: Model['default_']): void {
  for (const t of m.tensors) {
    t.real.dispose();
    m.dispose(t);
  }
  for (const s of m.saved) {
    if (isPending(m, s)) continue;
    s.real.dispose();
    m.dispose(s);
  }
  for (const layer of m.layers) layers.endLayer(m, layer);
  for (const runtime of m.runtimes.slice(1)) {
    runtime.real.dispose();
    runtime.alive = false;
  }
  setDefaultRuntime(home.real);
  m.default_ = home;
}
