// A strict user's program on any TypeScript from 5.0, with lib ES2017 and without DOM: what the types promise.
// It is compiled, never run (see ../types.test.ts); each @ts-expect-error is a promise too.

import {
  type AnyTensor,
  BatchNorm,
  backward,
  batchNorm,
  batchNormBackward,
  batchNormForward,
  createRuntime,
  type DType,
  empty,
  full,
  GroupNorm,
  groupNorm,
  groupNormBackward,
  groupNormForward,
  InstanceNorm,
  instanceNorm,
  instanceNormBackward,
  instanceNormForward,
  isNormError,
  isSupported,
  keep,
  type Layer,
  LayerNorm,
  type LayerOptions,
  layerNorm,
  layerNormBackward,
  layerNormForward,
  loadRuntime,
  MemoryError,
  type Mode,
  memory,
  type Needs,
  type NestedArray,
  type NormError,
  type NormErrorCode,
  ones,
  type Parameter,
  RMSNorm,
  type Runtime,
  rmsNorm,
  rmsNormBackward,
  rmsNormForward,
  type Saved,
  StateError,
  scope,
  setDefaultRuntime,
  type Tensor,
  tensor,
  UnsupportedError,
  zeros,
} from 'normlayers';
import * as core from 'normlayers/core';
import module from 'normlayers/normlayers.wasm';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._: Equal<A, B> extends true ? [] : ['these types differ']): void {}
declare function use(value: unknown): void;

// Tensors know their dtype.
const x = tensor(new Float32Array(24), [2, 3, 4]);
same<typeof x, Tensor>();
same<Tensor, Tensor<'float32'>>();
const x64 = tensor(new Float64Array(3));
same<typeof x64, Tensor<'float64'>>();
const nested = tensor([
  [1, 2],
  [3, 4],
]);
same<typeof nested, Tensor<'float32'>>();
const widened = tensor([1, 2], [2], { dtype: 'float64' });
same<typeof widened, Tensor<'float64'>>();
const narrowed = tensor(new Float64Array(2), [2], { dtype: 'float32' });
same<typeof narrowed, Tensor<'float32'>>();
const foreign = tensor({ data: new Float32Array(4), dims: [2, 2] });
same<typeof foreign, Tensor<'float32'>>();
tensor({ data: new Uint8Array(4), shape: [4] });
const foreign64 = tensor({ data: new Float64Array(4), dims: [2, 2] });
same<typeof foreign64, Tensor<'float64'>>();
// Of what is not known it is float32, as of almost everything.
const unknown = tensor(JSON.parse('[1, 2]'));
same<typeof unknown, Tensor<'float32'>>();
// As onnxruntime declares its tensors.
declare const session: { readonly data: Float32Array | Uint8Array | string[]; readonly dims: readonly number[] };
x.copyFrom(session).copyFrom(tensor(session));
// @ts-expect-error a tensor's data is a typed array
tensor({ data: [1, 2], shape: [2] });
const made: Tensor[] = [zeros([2]), ones([2, 3]), full([2], 3), empty([4])];
const any: AnyTensor[] = [x, x64];
const dtypes: DType[] = any.map((t) => t.dtype);
const shape: readonly number[] = x.shape;
const floats: ReturnType<Float32Array['slice']> = x.data;
const doubles: ReturnType<Float64Array['slice']> = x64.data;
const numbers: number[] = [x.size, x.rank, x.byteOffset];
const copies = [x.toTypedArray(), x.clone().data, x.reshape([6, -1]).data, x.rows(0).data, x.rows(0, 1).data];
x.copyFrom(new Float32Array(24));
use([made, dtypes, shape, floats, doubles, numbers, copies, x.toArray()]);
// @ts-expect-error the shape is frozen
x.shape[0] = 1;
// @ts-expect-error there is no such dtype
tensor([1], [1], { dtype: 'float16' });

// Operations return a tensor; parameters may be null.
const weight = ones([3]);
const bias = zeros([3]);
const ys: Tensor[] = [
  layerNorm(x, 4),
  layerNorm(x, [3, 4], { weight: null, bias: null, eps: 1e-6 }),
  rmsNorm(x, [4], { weight: ones([4]) }),
  groupNorm(x, 3, { weight, bias, channelAxis: 1 }),
  instanceNorm(x, { weight, bias, channelAxis: -1, out: empty([2, 3, 4]) }),
  batchNorm(x),
  batchNorm(x, {
    runningMean: bias,
    runningVar: weight,
    momentum: 0.1,
    mode: 'train',
    runningVariance: 'biased',
  }),
];
use(ys);
// @ts-expect-error a cumulative average needs a counter, which only layers have
batchNorm(x, { momentum: null });

// Options are objects with some of the names that there are: not a tensor, a number, or names that are no option's.
const misspelt = { epsilon: 1e-3 };
// @ts-expect-error a tensor comes by its name
layerNorm(x, 4, ones([4]));
// @ts-expect-error so does eps
layerNorm(x, 4, 1e-3);
// @ts-expect-error there is no such option
layerNorm(x, 4, misspelt);
// @ts-expect-error a tensor comes by its name
layerNormForward(x, 4, ones([4]));
// @ts-expect-error there is no such option
layerNormForward(x, 4, misspelt);
// @ts-expect-error nor beside one that there is
layerNormForward(x, 4, { eps: 1e-3, ...misspelt });
// @ts-expect-error eps comes by its name
use(new LayerNorm(4, 1e-3));
// @ts-expect-error there is no such option
use(new LayerNorm(4, misspelt));
// @ts-expect-error eps comes by its name
use(new BatchNorm(4, 1e-3));
// @ts-expect-error saved comes by its name
new LayerNorm(4).backward(x, layerNormForward(x, 4).saved);

// They may come in variables, from wrappers, and to operations that are picked from a table.
const settings = { eps: 1e-3, weight: Math.random() > 0.5 ? ones([4]) : null };
use([layerNorm(x, 4, settings), layerNorm(x, 4, { ...settings, bias: null }), layerNormForward(x, 4, settings).y]);
const wrapped = (t: Tensor, o?: Parameters<typeof layerNorm>[2]): Tensor => layerNorm(t, 4, o);
const byName = { layer: layerNorm, rms: rmsNorm };
use([wrapped(x, settings), byName[Math.random() > 0.5 ? 'layer' : 'rms'](x, 4, settings)]);
for (const operation of [layerNorm, rmsNorm]) use(operation(x, 4, settings));

// @ts-expect-error there is no such mode
batchNorm(x, { mode: 'test' });
// @ts-expect-error the number of groups is not optional
groupNorm(x);

// Forward keeps what backward needs.
const { y, saved } = layerNormForward(x, [4], { weight: ones([4]), bias: zeros([4]) });
same<typeof y, Tensor>();
const anySaved: Saved[] = [
  saved,
  rmsNormForward(x, 4).saved,
  groupNormForward(x, 3).saved,
  instanceNormForward(x).saved,
  batchNormForward(x).saved,
];
const statistics: (Tensor<'float64'> | null)[] = [
  ...anySaved.map(({ mean }) => mean),
  ...anySaved.map(({ rstd }) => rstd),
];
const operation: string = saved.op;
saved[Symbol.dispose]();
use([statistics, operation, saved.x, saved.weight, saved.bias]);

// What is not asked for is null, in the types too.
const dy = zeros([2, 3, 4]);
const all = backward(saved, dy);
same<typeof all.dx, Tensor>();
const some = backward(saved, dy, { needs: { dx: false } });
same<typeof some.dx, null>();
const parameters = backward(saved, dy, { needs: { dweight: true, dbias: false } });
same<typeof parameters.dbias, null>();
backward(saved, dy, { out: { dx: empty([2, 3, 4]) }, accumulate: { dx: true } });
backward(saved, dy, {
  accumulate: true,
  out: { dx: empty([2, 3, 4]), dweight: empty([4]), dbias: empty([4]) },
});
const needs: Needs = { dx: true };
use(needs);
const kept = layerNormBackward(dy, x, [4], { weight: ones([4]), mean: saved.mean, rstd: saved.rstd });
same<typeof kept.dx, Tensor>();
use([
  rmsNormBackward(dy, x, 4).dx,
  groupNormBackward(dy, x, 3, { weight, needs: { dbias: false } }).dx,
  instanceNormBackward(dy, x, { weight }).dx,
  batchNormBackward(dy, x, { mode: 'frozen', runningMean: bias, runningVar: weight }).dx,
]);

// Layers: their parameters follow their options.
const group = new GroupNorm(32, 64);
const gradient: Tensor = group.weight.grad ?? group.bias;
const plain = new GroupNorm(32, 64, { affine: false });
same<typeof plain.weight, null>();
same<typeof plain.bias, null>();
const shiftless = new LayerNorm([3, 4], { shift: false });
use([gradient, shiftless.weight.name]);
same<typeof shiftless.bias, null>();
const scaleless = new LayerNorm(4, { elementwiseAffine: false, shift: true });
same<typeof scaleless.weight, null>();
use(scaleless.bias.data);
const rms = new RMSNorm([4]);
use(rms.weight.data);
same<typeof rms.bias, null>();
const batch = new BatchNorm(3, { momentum: null, eps: 1e-3 });
const running: Tensor[] = [batch.runningMean, batch.runningVar];
const untracked = new BatchNorm(3, { trackRunningStats: false });
same<typeof untracked.runningMean, null>();
const instance = new InstanceNorm(3);
same<typeof instance.weight, null>();
same<typeof instance.runningMean, null>();
const instanceAffine = new InstanceNorm(3, { affine: true, trackRunningStats: true });
use([running, instanceAffine.weight.data, instanceAffine.runningVar.data, batch.numBatchesTracked]);

const still = new GroupNorm(32, 64).eval();
use(still.weight.data);
const frozen: GroupNorm = new GroupNorm(32, 64).train().freeze().freeze(false);
const mode: Mode = frozen.mode;
const layers: Layer[] = [group, plain, shiftless, rms, batch, untracked, instance];
let out: AnyTensor = x;
for (const layer of layers) out = layer.forward(x);
const named: Parameter[] = layers[0]?.parameters() ?? [];
use([mode, out, named.map(({ name, grad }) => [name, grad?.data])]);

const dx = group.backward(dy);
same<typeof dx, Tensor>();
const recorded = group.record(x);
group.backward(dy, { saved: recorded.saved, accumulate: { dx: false } });
group.forward(x, { out: empty([2, 3, 4]), save: false, track: false });
group.zeroGrad();
group.dispose();
const options: LayerOptions = { eps: 1e-3, preset: 'keras' };
use([options, new GroupNorm(2, 4, { ...options, channelAxis: -1 })]);
// @ts-expect-error there is no such preset
new BatchNorm(3, { preset: 'caffe' });

// State dictionaries load what they saved, and what JSON makes of it.
const dict = batch.stateDict({ prefix: 'bn.' });
const { missing, unexpected } = batch.loadStateDict(dict, { prefix: 'bn.', strict: false });
batch.loadStateDict(batch.stateDict({ json: true }));
batch.loadStateDict({
  weight: [1, 2, 3],
  bias: new Float32Array(3),
  running_mean: bias,
  num_batches_tracked: 3,
});
const names: string[] = [...missing, ...unexpected];
use([names, JSON.stringify(batch.stateDict({ json: true }))]);

// Scopes give back what their function returns, and take no promise.
const inner = scope(() => ({ y: layerNorm(x, 4), n: 1 }));
same<typeof inner.y, Tensor>();
same<typeof inner.n, number>();
scope(() => keep([x, x64]));
const elements: NestedArray = scope(() => x.toArray());
const perhaps = scope(() => (elements === 0 ? null : x));
same<typeof perhaps, Tensor | null>();
const anything: string = scope(() => JSON.parse('""'));
use([elements, perhaps, anything]);
// @ts-expect-error a promise would outlive the scope
scope(async () => x);
// @ts-expect-error so would one that comes only sometimes
scope(() => (elements === 0 ? Promise.resolve(x) : x));

// Runtimes.
const runtime: Runtime = createRuntime({ initialMemory: 1 << 20, maxMemory: 1 << 24, debug: true });
setDefaultRuntime(runtime);
runtime.reserve(1 << 16);
use([runtime.disposed, runtime.module, runtime.memory(), tensor([1], [1], { runtime }).runtime, isSupported()]);
scope(() => x, { runtime });
runtime.dispose();
loadRuntime('normlayers.wasm').then(setDefaultRuntime);
const usage: number = memory().tensors + memory().bytesInUse + memory().bytesReserved + memory().bytesMax;
use(usage);

// Errors narrow by their code.
try {
  use(0);
} catch (error) {
  if (isNormError(error)) same<typeof error.code, NormErrorCode>();
  if (isNormError(error, 'STATE')) same<typeof error.code, 'STATE'>();
  if (isNormError(error, 'MEMORY')) {
    const norm: NormError = error;
    use(norm.message);
  }
}
use([MemoryError, StateError, UnsupportedError]);

// The same API without the embedded module; its tensors are the same type.
const fromCore: Tensor = core.layerNorm(x, 4);
use(fromCore);
core.setDefaultRuntime(core.createRuntime({ module }));
