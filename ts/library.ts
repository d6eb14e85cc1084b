// The whole API, without the WebAssembly itself; one file of dist that all entries load, so that they share its classes
// and its state. The declarations of the package are in this order, so it is a reader's: first what a first program needs.

// Tensors.

export { empty, full, ones, tensor, zeros } from './tensor/create.js';
export { keep, type ScopeOptions, scope } from './tensor/scope.js';
export type { AnyTensor, DType, NestedArray, Tensor, TensorOptions, TensorValues } from './tensor/types.js';

// Operations.

export { backward } from './operations/backward.js';
export { batchNorm, batchNormBackward, batchNormForward } from './operations/batch-norm.js';
export { groupNorm, groupNormBackward, groupNormForward } from './operations/group-norm.js';
export { instanceNorm, instanceNormBackward, instanceNormForward } from './operations/instance-norm.js';
export { layerNorm, layerNormBackward, layerNormForward } from './operations/layer-norm.js';
export { rmsNorm, rmsNormBackward, rmsNormForward } from './operations/rms-norm.js';
export type {
  BackwardOptions,
  ChannelOptions,
  DirectBackwardOptions,
  Forward,
  ForwardOptions,
  Gradients,
  Mode,
  Needs,
  NormOptions,
  OperationName,
  RmsOptions,
  RunningOptions,
  Saved,
} from './operations/types.js';

// Layers.

export { BatchNorm, type BatchNormConstructor } from './layers/batch-norm.js';
export { GroupNorm, type GroupNormConstructor } from './layers/group-norm.js';
export { InstanceNorm, type InstanceNormConstructor } from './layers/instance-norm.js';
export { LayerNorm, type LayerNormConstructor } from './layers/layer-norm.js';
export { RMSNorm, type RMSNormConstructor } from './layers/rms-norm.js';
export type {
  GroupNormOptions,
  JsonStateDict,
  Layer,
  LayerBackwardOptions,
  LayerForwardOptions,
  LayerNormOptions,
  LayerOptions,
  LoadResult,
  Parameter,
  Preset,
  RecordOptions,
  RMSNormOptions,
  RunningNormOptions,
  StateDict,
  StateValue,
} from './layers/types.js';

// Runtimes.

export { memory, setDefaultRuntime } from './runtime/default.js';
export { loadRuntime } from './runtime/load.js';
export { createRuntime } from './runtime/runtime.js';
export { isSupported } from './runtime/support.js';
export type { MemoryInfo, MemoryOptions, Runtime, RuntimeOptions } from './runtime/types.js';

// Errors.

export {
  isNormError,
  MemoryError,
  type NormError,
  type NormErrorCode,
  StateError,
  UnsupportedError,
} from './errors.js';

// For the root entries alone: `export *` takes no default along, so it is part of nobody's API.

export { registerModule as default } from './carried.js';
