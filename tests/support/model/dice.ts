// How an action chooses: by three numbers, so that what was chosen can be told, and made smaller.
import { normals } from '../random.ts';
import { isAlive, type Model, type SavedModel, type TensorModel } from './model.ts';
import { WIDTH } from './reference.ts';

/** Numbers that an action chooses by. */
export type Dice = readonly [number, number, number];

/** One thing done to the library: to the model, and to the real thing. */
export type Action = (m: Model, dice: Dice) => void;

export const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length];
export const numbers = (rows: number, seed: number) => normals(rows * WIDTH, seed, 0.3);
export const usable = (m: Model) => m.tensors.filter(isAlive);
/** Mostly what is alive, now and then what is not. */
export const choose = <T extends TensorModel | SavedModel>(all: readonly T[], n: number): T | undefined =>
  n % 16 === 0 ? pick(all, n >> 4) : pick(all.filter(isAlive), n >> 4);

/** The state of a layer's own forward is not for others to dispose. */
export const isPending = (m: Model, s: SavedModel) => m.layers.some(({ state }) => state === s);
