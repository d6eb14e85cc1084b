// The defaults and state dictionary keys of each framework; every layer option that is not given comes from here.

import { describe, typeError, valueError } from '../errors.js';
import type { Preset } from './types.js';

/** The keys of a state dictionary. */
export interface Names {
  readonly weight: string;
  readonly bias: string;
  readonly runningMean: string;
  readonly runningVar: string;
  /** Null where the framework keeps no counter. */
  readonly numBatchesTracked: string | null;
}

export interface Defaults {
  readonly eps: {
    readonly batch: number;
    readonly layer: number;
    readonly group: number;
    /** Null is the spacing of float32 at 1. */
    readonly rms: number | null;
  };
  /** The weight of the new observation: the complement of what frameworks call it that weigh the old one. */
  readonly momentum: number;
  readonly runningVariance: 'unbiased' | 'biased';
  readonly instanceAffine: boolean;
  readonly names: Names;
  readonly rmsNames: Names;
  readonly channelAxis: number;
}

const TORCH_NAMES: Names = {
  weight: 'weight',
  bias: 'bias',
  runningMean: 'running_mean',
  runningVar: 'running_var',
  numBatchesTracked: 'num_batches_tracked',
};

const KERAS_NAMES: Names = {
  weight: 'gamma',
  bias: 'beta',
  runningMean: 'moving_mean',
  runningVar: 'moving_variance',
  numBatchesTracked: null,
};

const FLAX_NAMES: Names = {
  weight: 'scale',
  bias: 'bias',
  runningMean: 'mean',
  runningVar: 'var',
  numBatchesTracked: null,
};

const ONNX_NAMES: Names = {
  weight: 'scale',
  bias: 'B',
  runningMean: 'input_mean',
  runningVar: 'input_var',
  numBatchesTracked: null,
};

const PRESETS: Readonly<Record<Preset, Defaults>> = {
  torch: {
    eps: { batch: 1e-5, layer: 1e-5, group: 1e-5, rms: null },
    momentum: 0.1,
    runningVariance: 'unbiased',
    instanceAffine: false,
    names: TORCH_NAMES,
    rmsNames: TORCH_NAMES,
    channelAxis: 1,
  },
  keras: {
    eps: { batch: 1e-3, layer: 1e-3, group: 1e-3, rms: 1e-6 },
    momentum: 0.01,
    runningVariance: 'biased',
    instanceAffine: true,
    names: KERAS_NAMES,
    rmsNames: { ...KERAS_NAMES, weight: 'scale' },
    channelAxis: -1,
  },
  flax: {
    eps: { batch: 1e-5, layer: 1e-6, group: 1e-6, rms: 1e-6 },
    momentum: 0.01,
    runningVariance: 'biased',
    instanceAffine: true,
    names: FLAX_NAMES,
    rmsNames: FLAX_NAMES,
    channelAxis: -1,
  },
  onnx: {
    eps: { batch: 1e-5, layer: 1e-5, group: 1e-5, rms: 1e-5 },
    momentum: 0.1,
    runningVariance: 'biased',
    instanceAffine: true,
    names: ONNX_NAMES,
    rmsNames: ONNX_NAMES,
    channelAxis: 1,
  },
};

export function defaultsOf(preset: unknown): Defaults {
  if (preset === undefined) return PRESETS.torch;
  if (typeof preset !== 'string') throw typeError(`preset must be a string, got ${describe(preset)}`);
  if (Object.hasOwn(PRESETS, preset)) return PRESETS[preset as Preset];
  const known = Object.keys(PRESETS).join("', '");
  throw valueError(`preset must be one of '${known}', got ${describe(preset)}`);
}
