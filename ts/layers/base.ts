// What all layers share: parameters made at first use, modes, the pending forward, and gradients that add up.

import { DISPOSE } from '../disposable.js';
import { describe, disposedError, typeError, valueError } from '../errors.js';
import { computeGradients, type GradientsResult } from '../operations/gradients.js';
import { DBIAS, DWEIGHT, DX, readRequest } from '../operations/request.js';
import { asSaved, type SavedState } from '../operations/saved.js';
import type { Forward, Mode, OperationName } from '../operations/types.js';
import { currentRuntime } from '../runtime/default.js';
import { checkOptions, type WasmRuntime } from '../runtime/runtime.js';
import { disown } from '../tensor/scope.js';
import { sizeOf } from '../tensor/shape.js';
import type { DenseTensor } from '../tensor/tensor.js';
import type { Tensor } from '../tensor/types.js';
import { checkFlag, type LayerConfig } from './config.js';
import { LayerTensor } from './parameter.js';
import { Pending } from './pending.js';
import { loadState, readState, type StateEntry } from './state.js';
import type {
  JsonStateDict,
  Layer,
  LayerBackwardOptions,
  LayerForwardOptions,
  LoadResult,
  Parameter,
  RecordOptions,
  StateDict,
} from './types.js';

/** The tensors of a layer in use; null where it has none. */
interface Tensors {
  readonly weight: LayerTensor | null;
  readonly bias: LayerTensor | null;
  readonly runningMean: LayerTensor | null;
  readonly runningVar: LayerTensor | null;
}

export abstract class NormLayer<C extends LayerConfig = LayerConfig> implements Layer {
  protected readonly config: C;
  readonly #op: OperationName;
  #tensors: Tensors | null = null;
  #runtime: WasmRuntime | null = null;
  #dead = false;
  #evaluates = false;
  #frozen = false;
  #batches = 0;
  readonly #pending = new Pending();

  protected constructor(op: OperationName, config: C) {
    this.#op = op;
    this.config = config;
  }

  /** The operation, with what `options` gives it. */
  protected abstract apply(x: Tensor, options: object): Tensor;
  protected abstract applySaving(x: Tensor, options: object): Forward;
  /** The operation's options; `updates` says whether running statistics are to move. */
  protected abstract options(out: unknown, reuse: SavedState | null, updates: boolean): object;
  /** Checks what the operation cannot: that x fits a layer without parameters. */
  protected checkInput(_x: Tensor): void {}

  /** Of a dead layer, too, whose tensors are dead as well. */
  #owned(): Tensors {
    return this.#tensors ?? this.inUse();
  }

  get weight(): never {
    return this.#owned().weight as never;
  }

  get bias(): never {
    return this.#owned().bias as never;
  }

  get runningMean(): never {
    return this.#owned().runningMean as never;
  }

  get runningVar(): never {
    return this.#owned().runningVar as never;
  }

  get numBatchesTracked(): never {
    return (this.config.tracks ? this.#batches : null) as never;
  }

  get mode(): Mode {
    if (this.#evaluates) return 'eval';
    return this.#frozen ? 'frozen' : 'train';
  }

  get disposed(): boolean {
    return this.#dead || this.#runtime?.alive === false;
  }

  #assertUsable(): void {
    if (this.disposed) throw disposedError('the layer');
  }

  forward(x: Tensor, options?: LayerForwardOptions): Tensor {
    const { out, save, track } = checkOptions(options);
    const saves = checkFlag(save, 'save', !this.#evaluates);
    const tracks = checkFlag(track, 'track', true);
    if (!saves) return this.#run(x, out, null, tracks, false) as Tensor;
    const result = this.#run(x, out, this.#pending.recyclable(x), tracks, true) as Forward;
    this.#pending.add(result.saved as unknown as SavedState);
    return result.y;
  }

  record(x: Tensor, options?: RecordOptions): Forward<never, never> {
    const { out, track } = checkOptions(options);
    return this.#run(x, out, null, checkFlag(track, 'track', true), true) as Forward<never, never>;
  }

  #run(x: Tensor, out: unknown, memory: SavedState | null, track: boolean, saves: boolean): Tensor | Forward {
    this.#assertUsable();
    if (this.config.eps === 0 && !this.#evaluates) {
      throw valueError('eps must be more than 0 for training, got 0: construct the layer with another, or call eval()');
    }
    const unused = this.#tensors === null;
    try {
      this.checkInput(x);
      const updates = track && this.config.tracks && this.mode === 'train';
      const options = this.options(out, memory, updates);
      const result = saves ? this.applySaving(x, options) : this.apply(x, options);
      if (updates) this.#batches++;
      return result;
    } catch (error) {
      // What this very call has allocated nobody has seen: the layer is again as it was before.
      if (unused) {
        this.#free();
        this.#tensors = null;
        this.#runtime = null;
      }
      throw error;
    }
  }

  backward(dy: Tensor, options?: LayerBackwardOptions): never {
    const { needs, out, accumulate, saved } = checkOptions(options);
    const request = readRequest(needs, out, accumulate);
    this.#assertUsable();
    if (saved !== undefined && saved !== null) {
      const state = asSaved(saved, 'saved');
      this.#checkOwn(state);
      return this.#backward(state, dy, request.needs, request.accumulate & DX, request.dx).dx as never;
    }
    const { dx } = this.#backward(this.#pending.get(), dy, request.needs, request.accumulate & DX, request.dx);
    this.#pending.consume();
    return dx as never;
  }

  /** Whether `saved` is of this layer, as it is now. */
  #checkOwn(saved: SavedState): void {
    const { op, weight, bias } = saved.call;
    const own = this.inUse();
    if (op === this.#op && weight === own.weight && bias === own.bias) return;
    throw valueError('saved is not of this layer: pass what its own record(x) returned');
  }

  #backward(state: SavedState, dy: Tensor, needs: number, accumulate: number, dx: unknown): GradientsResult {
    state.assertUnwritten();
    const { weight, bias } = this.inUse();
    const request = {
      needs,
      accumulate: accumulate | (weight?.grad ? DWEIGHT : 0) | (bias?.grad ? DBIAS : 0),
      dx,
      dweight: weight?.grad ?? null,
      dbias: bias?.grad ?? null,
    };
    const { call, meanAddress, rstdAddress } = state;
    const result = computeGradients(call, dy, request, meanAddress, rstdAddress, null);
    adoptGradient(weight, result.dweight);
    adoptGradient(bias, result.dbias);
    return result;
  }

  train(): this {
    this.#assertUsable();
    this.#evaluates = false;
    return this;
  }

  eval(): this {
    this.#assertUsable();
    this.#evaluates = true;
    this.#pending.drop();
    return this;
  }

  freeze(on = true): this {
    if (typeof on !== 'boolean') throw typeError(`on must be a boolean, got ${describe(on)}`);
    this.#assertUsable();
    this.#frozen = on;
    return this;
  }

  parameters(): Parameter[] {
    const { weight, bias } = this.inUse();
    return [weight, bias].filter((parameter) => parameter !== null);
  }

  zeroGrad(): void {
    this.#assertUsable();
    for (const parameter of [this.#tensors?.weight, this.#tensors?.bias]) {
      if (!parameter?.grad) continue;
      parameter.grad.data.fill(0);
      parameter.grad.noteWrite();
    }
  }

  stateDict(options: { readonly prefix?: string | undefined; readonly json: true }): JsonStateDict;
  stateDict(options?: { readonly prefix?: string | undefined; readonly json?: false | undefined }): StateDict;
  stateDict(options?: {
    readonly prefix?: string | undefined;
    readonly json?: boolean | undefined;
  }): StateDict | JsonStateDict {
    const { prefix, json } = checkOptions(options);
    const nested = checkFlag(json, 'json', false);
    const before = checkPrefix(prefix);
    return readState(this.#entries(), this.inUse(), this.#batches, before, nested);
  }

  loadStateDict(
    dict: { readonly [key: string]: unknown },
    options?: { readonly prefix?: string | undefined; readonly strict?: boolean | undefined },
  ): LoadResult {
    const { prefix, strict } = checkOptions(options);
    const exact = checkFlag(strict, 'strict', true);
    const before = checkPrefix(prefix);
    this.#assertUsable();
    const { result, write } = loadState(this.#entries(), dict, before, exact);
    const counted = write(() => this.inUse());
    if (counted !== null) this.#batches = counted;
    return result;
  }

  #entries(): StateEntry[] {
    const { names, scale, shift, tracks, parameterShape } = this.config;
    const entries: StateEntry[] = [];
    if (scale) entries.push({ slot: 'weight', key: names.weight, shape: parameterShape });
    if (shift) entries.push({ slot: 'bias', key: names.bias, shape: parameterShape });
    if (!tracks) return entries;
    entries.push({ slot: 'runningMean', key: names.runningMean, shape: parameterShape });
    entries.push({ slot: 'runningVar', key: names.runningVar, shape: parameterShape });
    if (names.numBatchesTracked !== null) entries.push({ slot: 'counter', key: names.numBatchesTracked, shape: [] });
    return entries;
  }

  /** The layer's tensors, allocated here at first use: all of them, or with an error none. */
  protected inUse(): Tensors {
    this.#assertUsable();
    if (this.#tensors !== null) return this.#tensors;
    const { names, scale, shift, tracks, parameterShape: shape } = this.config;
    const made: LayerTensor[] = [];
    const make = (wanted: boolean, name: string, value: number): LayerTensor | null => {
      if (!wanted) return null;
      this.#runtime ??= this.config.runtime ?? currentRuntime();
      const tensor = new LayerTensor(this.#runtime, name, shape, sizeOf(shape), value);
      made.push(tensor);
      return tensor;
    };
    try {
      this.config.runtime?.assertAlive();
      this.#tensors = {
        weight: make(scale, names.weight, 1),
        bias: make(shift, names.bias, 0),
        runningMean: make(tracks, names.runningMean, 0),
        runningVar: make(tracks, names.runningVar, 1),
      };
    } catch (error) {
      for (const tensor of made) tensor.end();
      this.#runtime = null;
      throw error;
    }
    return this.#tensors;
  }

  #free(): void {
    const { weight, bias, runningMean, runningVar } = this.#tensors ?? {};
    for (const tensor of [weight, bias, runningMean, runningVar]) tensor?.end();
  }

  dispose(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#pending.drop();
    this.#free();
  }

  [DISPOSE](): void {
    this.dispose();
  }
}

function adoptGradient(parameter: LayerTensor | null, grad: DenseTensor<'float32'> | null): void {
  if (parameter === null || grad === null || parameter.grad === grad) return;
  disown(grad);
  parameter.takeGradient(grad);
}

function checkPrefix(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  throw typeError(`prefix must be a string, got ${describe(value)}`);
}
