// One interface over the five operations, so that a promise made for all of them is tested by one loop.
import {
  type AnyTensor,
  batchNorm,
  batchNormBackward,
  batchNormForward,
  groupNorm,
  groupNormBackward,
  groupNormForward,
  instanceNorm,
  instanceNormBackward,
  instanceNormForward,
  layerNorm,
  layerNormBackward,
  layerNormForward,
  rmsNorm,
  rmsNormBackward,
  rmsNormForward,
  type Saved,
  type Tensor,
} from 'normlayers';
import { type Geometry, geometry, sizeOf } from './geometry.ts';

export type Name = 'batchNorm' | 'groupNorm' | 'instanceNorm' | 'layerNorm' | 'rmsNorm';

/** One use of an operation: the shape of x, and what the operation is told about its axes. */
export interface Case {
  readonly op: Name;
  readonly shape: readonly number[];
  readonly normalizedShape?: readonly number[];
  readonly numGroups?: number;
  readonly channelAxis?: 1 | -1;
}

export interface Options {
  weight?: Tensor | null;
  bias?: Tensor | null;
  eps?: number;
  out?: unknown;
  mode?: 'train' | 'eval' | 'frozen';
  runningMean?: Tensor | null;
  runningVar?: Tensor | null;
  momentum?: number;
  runningVariance?: 'unbiased' | 'biased';
  mean?: AnyTensor | null;
  rstd?: AnyTensor | null;
  reuse?: Saved;
  needs?: Partial<Record<Gradient, boolean>>;
  accumulate?: boolean | Partial<Record<Gradient, boolean>>;
}

export type Gradient = 'dx' | 'dweight' | 'dbias';
export type GradientTensors = Record<Gradient, Tensor | null>;

type Call<R> = (...args: unknown[]) => R;
interface Functions {
  readonly apply: Call<Tensor>;
  readonly forward: Call<{ y: Tensor; saved: Saved }>;
  readonly backward: Call<GradientTensors>;
}

// The options of each function are typed for what it takes; a table over all of them has to forget that.
const functions = {
  batchNorm: { apply: batchNorm, forward: batchNormForward, backward: batchNormBackward },
  groupNorm: { apply: groupNorm, forward: groupNormForward, backward: groupNormBackward },
  instanceNorm: { apply: instanceNorm, forward: instanceNormForward, backward: instanceNormBackward },
  layerNorm: { apply: layerNorm, forward: layerNormForward, backward: layerNormBackward },
  rmsNorm: { apply: rmsNorm, forward: rmsNormForward, backward: rmsNormBackward },
} as unknown as Record<Name, Functions>;

export const names = Object.keys(functions) as Name[];

const subject = (c: Case): unknown[] => {
  if (c.normalizedShape) return [c.normalizedShape];
  return c.numGroups === undefined ? [] : [c.numGroups];
};
const layout = (c: Case) => (c.channelAxis === undefined ? {} : { channelAxis: c.channelAxis });

export const apply = (c: Case, x: AnyTensor, options: Options = {}): Tensor =>
  functions[c.op].apply(x, ...subject(c), { ...layout(c), ...options });

export const applyForward = (c: Case, x: AnyTensor, options: Options = {}) =>
  functions[c.op].forward(x, ...subject(c), { ...layout(c), ...options });

export const applyBackward = (c: Case, dy: AnyTensor, x: AnyTensor, options: Options = {}): GradientTensors =>
  functions[c.op].backward(dy, x, ...subject(c), { ...layout(c), ...options });

/** Whether it may have running statistics. */
export const hasRunning = (c: Case): boolean => c.op === 'batchNorm' || c.op === 'instanceNorm';
export const centred = (c: Case): boolean => c.op !== 'rmsNorm';
export const perElement = (c: Case): boolean => c.op === 'layerNorm' || c.op === 'rmsNorm';
export const channelsOf = (c: Case): number => c.shape[channelAxisOf(c)] as number;
const channelAxisOf = (c: Case): number => (c.channelAxis === -1 ? c.shape.length - 1 : 1);

export const parameterShape = (c: Case): readonly number[] => c.normalizedShape ?? [channelsOf(c)];

export function statisticsShape(c: Case): readonly number[] {
  const batch = c.shape[0] as number;
  switch (c.op) {
    case 'batchNorm':
      return [channelsOf(c)];
    case 'instanceNorm':
      return [batch, channelsOf(c)];
    case 'groupNorm':
      return [batch, c.numGroups as number];
    default:
      return c.shape.slice(0, c.shape.length - (c.normalizedShape?.length ?? 0));
  }
}

export function geometryOf(c: Case): Geometry {
  const axes = c.shape.map((_, axis) => axis);
  const channel = channelAxisOf(c);
  switch (c.op) {
    case 'batchNorm':
      return geometry(c.shape, [channel], [channel]);
    case 'instanceNorm':
      return geometry(c.shape, [0, channel], [channel]);
    case 'groupNorm':
      return geometry(c.shape, [0, channel], [channel], { axis: channel, parts: c.numGroups as number });
    default: {
      const leading = c.shape.length - (c.normalizedShape?.length ?? 0);
      return geometry(c.shape, axes.slice(0, leading), axes.slice(leading));
    }
  }
}

export const title = (c: Case): string => {
  const about = c.normalizedShape ? ` over [${c.normalizedShape}]` : c.numGroups ? ` in ${c.numGroups} groups` : '';
  return `${c.op} of [${c.shape}]${about}${c.channelAxis === -1 ? ', channels last' : ''}`;
};

export const elements = (c: Case): number => sizeOf(c.shape);
export const parameters = (c: Case): number => sizeOf(parameterShape(c));
