// Reads a layer's options: each once, each checked, what is absent taken from the preset.

import { checkFlag, checkOptions, type NamesOf, type OptionNames, type Options } from '../arguments.js';
import { typeError } from '../errors.js';
import { checkEps } from '../operations/checks.js';
import { checkChannelAxis } from '../operations/geometry.js';
import type { Operation } from '../operations/operation.js';
import { EPSILON_OF_FLOAT32 } from '../operations/rms-norm.js';
import { checkMomentum, checkRunningVariance } from '../operations/running.js';
import { checkRuntime, type WasmRuntime } from '../runtime/runtime.js';
import { checkDType } from '../tensor/create.js';
import { type Defaults, defaultsOf, type Names } from './presets.js';
import type { LayerOptions } from './types.js';

/** What every layer has to know of itself. */
export interface LayerConfig {
  readonly operation: Operation;
  readonly eps: number;
  readonly scale: boolean;
  readonly shift: boolean;
  readonly names: Names;
  /** Null for the default runtime at first use. */
  readonly runtime: WasmRuntime | null;
  readonly parameterShape: readonly number[];
  readonly tracks: boolean;
  /** The running statistics are the average of all since the start. */
  readonly countsBatches: boolean;
}

/** Also what layers with a channel axis, and those with running statistics, have to know. */
export interface ChannelConfig extends LayerConfig {
  readonly channelAxis: number;
  readonly momentum: number | null;
  readonly runningVariance: 'unbiased' | 'biased';
}

/** What a kind of layer makes of absent options. */
export interface Kind {
  /** Its operation. */
  readonly operation: Operation;
  /** The names of the options that not all layers have. */
  readonly optionNames: OptionNames;
  readonly eps: keyof Defaults['eps'];
  /** The option that switches scale and shift together. */
  readonly affineOption: 'affine' | 'elementwiseAffine';
  readonly affine: (defaults: Defaults) => boolean;
  /** Whether that option brings a shift, too. */
  readonly affineShifts: boolean;
  readonly tracks: boolean | null;
}

const LAYER_OPTIONS: NamesOf<LayerOptions> = { eps: 1, scale: 1, shift: 1, preset: 1, dtype: 1, runtime: 1 };

export function readConfig(options: object | undefined, kind: Kind, parameterShape: readonly number[]): ChannelConfig {
  const given = checkOptions(options, LAYER_OPTIONS, kind.optionNames) as Options;
  const { eps, scale, shift, preset, dtype, runtime, channelAxis, momentum, runningVariance } = given;
  const { trackRunningStats, [kind.affineOption]: affine } = given;
  const tracks = kind.tracks === null ? false : checkFlag(trackRunningStats, 'trackRunningStats', kind.tracks);
  const defaults = defaultsOf(preset);
  if (checkDType(dtype) === 'float64') {
    throw typeError(
      "dtype must be 'float32', got 'float64': layers compute float32 alone for now, { dtype: 'float32' }",
    );
  }
  const weightOfNew = readMomentum(momentum, defaults);
  const switched = checkFlag(affine, kind.affineOption, kind.affine(defaults));
  return {
    operation: kind.operation,
    eps: readEps(eps, kind, defaults),
    scale: checkFlag(scale, 'scale', switched),
    shift: checkFlag(shift, 'shift', switched && kind.affineShifts),
    names: kind.eps === 'rms' ? defaults.rmsNames : defaults.names,
    runtime: runtime === undefined ? null : checkRuntime(runtime),
    parameterShape,
    tracks,
    countsBatches: weightOfNew === null,
    channelAxis: channelAxis === undefined ? defaults.channelAxis : checkChannelAxis(channelAxis),
    momentum: weightOfNew,
    runningVariance: readRunningVariance(runningVariance, defaults),
  };
}

function readEps(value: unknown, kind: Kind, defaults: Defaults): number {
  if (value === undefined) return defaults.eps[kind.eps] ?? EPSILON_OF_FLOAT32;
  if (value === null && kind.eps === 'rms') return EPSILON_OF_FLOAT32;
  return checkEps(value, 0);
}

function readMomentum(value: unknown, defaults: Defaults): number | null {
  if (value === undefined) return defaults.momentum;
  return value === null ? null : checkMomentum(value);
}

function readRunningVariance(value: unknown, defaults: Defaults): 'unbiased' | 'biased' {
  if (value === undefined) return defaults.runningVariance;
  return checkRunningVariance(value) === 1 ? 'unbiased' : 'biased';
}
