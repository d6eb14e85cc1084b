// What all layers share: parameters made at first use, modes, the pending forward, and gradients that add up.

import { checkFlag, checkOptions, type NamesOf } from '../arguments.js';
import { OWNED } from '../brand.js';
import { DISPOSE } from '../disposable.js';
import { describe, disposedError, typeError, valueError } from '../errors.js';
import { computeGradients } from '../operations/gradients.js';
import { checkForward, runForward, runSavingForward } from '../operations/operation.js';
import { DBIAS, DWEIGHT, DX, type Request, readLayerRequest } from '../operations/request.js';
import type { GradientsResult } from '../operations/results.js';
import { asSaved, type SavedState } from '../operations/saved.js';
import type { Exactly, Forward, Gradient, IsNeeded, Mode } from '../operations/types.js';
import { currentRuntime } from '../runtime/default.js';
import type { WasmRuntime } from '../runtime/runtime.js';
import { disown } from '../tensor/scope.js';
import { sizeOf } from '../tensor/shape.js';
import { asTensor, type DenseTensor } from '../tensor/tensor.js';
import type { Tensor } from '../tensor/types.js';
import type { LayerConfig } from './config.js';
import { LayerTensor, standIn } from './parameter.js';
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

const FORWARD_OPTIONS: NamesOf<LayerForwardOptions> = { out: 1, save: 1, track: 1 };
const RECORD_OPTIONS: NamesOf<RecordOptions> = { out: 1, track: 1 };
const BACKWARD_OPTIONS: NamesOf<LayerBackwardOptions> = { needs: 1, out: 1, accumulate: 1, saved: 1 };
const STATE_OPTIONS = { prefix: 1, json: 1 } as const;
const LOAD_OPTIONS = { prefix: 1, strict: 1 } as const;

/** The counter's key where the preset has none: PyTorch's. */
const COUNTER = 'num_batches_tracked';

/** The tensors of a layer; null where it has none. */
export interface Tensors<T extends DenseTensor = DenseTensor> {
  readonly weight: T | null;
  readonly bias: T | null;
  readonly runningMean: T | null;
  readonly runningVar: T | null;
}

export abstract class NormLayer<C extends LayerConfig = LayerConfig> implements Layer {
  protected readonly config: C;
  #tensors: Tensors<LayerTensor> | null = null;
  #runtime: WasmRuntime | null = null;
  #dead = false;
  #evaluates = false;
  #frozen = false;
  #batches = 0;
  readonly #pending = new Pending();

  protected constructor(config: C) {
    this.config = config;
  }

  /** What the operation takes besides x and options. */
  protected argument(): unknown {
    return undefined;
  }
  /** The operation's options; `updates` says whether running statistics are to move. */
  protected abstract options(tensors: Tensors, out: unknown, reuse: SavedState | null, updates: boolean): object;
  /** The arguments of the constructor, as a printed layer shows them. */
  protected abstract sizes(): string;
  /** Checks what the operation cannot: that x fits a layer without parameters. */
  protected checkInput(_x: Tensor): void {}

  /** Of a dead layer, too, whose tensors are dead as well. */
  #owned(): Tensors<LayerTensor> {
    return this.#tensors ?? this.#inUse();
  }

  get eps(): number {
    return this.config.eps;
  }

  get weight(): Parameter | null {
    return this.#owned().weight;
  }

  get bias(): Parameter | null {
    return this.#owned().bias;
  }

  get runningMean(): Tensor | null {
    return this.#owned().runningMean;
  }

  get runningVar(): Tensor | null {
    return this.#owned().runningVar;
  }

  get numBatchesTracked(): number | null {
    return this.config.tracks ? this.#batches : null;
  }

  get mode(): Mode {
    if (this.#evaluates) return 'eval';
    return this.#frozen ? 'frozen' : 'train';
  }

  get disposed(): boolean {
    return this.#dead || (this.#runtime ?? this.config.runtime)?.alive === false;
  }

  #assertUsable(): void {
    if (this.disposed) throw disposedError('the layer');
  }

  forward(x: Tensor, options?: LayerForwardOptions): Tensor {
    const { out, save, track } = checkOptions(options, FORWARD_OPTIONS);
    const saves = checkFlag(save, 'save', !this.#evaluates);
    const tracks = checkFlag(track, 'track', true);
    if (!saves) return this.#run(x, out, null, tracks, false) as Tensor;
    const result = this.#run(x, out, this.#pending.recyclable(x), tracks, true) as Forward;
    this.#pending.add(result.saved as unknown as SavedState);
    return result.y;
  }

  record(x: Tensor, options?: RecordOptions): Forward {
    const { out, track } = checkOptions(options, RECORD_OPTIONS);
    const result = this.#run(x, out, null, checkFlag(track, 'track', true), true) as Forward;
    (result.saved as unknown as SavedState).layer = this;
    return result;
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
      if (unused) this.#checkFirst(x, out, updates, saves);
      const options = this.options(this.#inUse(), out, memory, updates);
      const run = saves ? runSavingForward : runForward;
      const result = run(this.config.operation, x, this.argument(), options);
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

  /** Has the operation check a first forward before anything is allocated for it. */
  #checkFirst(x: Tensor, out: unknown, updates: boolean, saves: boolean): void {
    // Before a default runtime is made.
    asTensor(x, 'x').assertUsable('x');
    const { scale, shift, tracks, parameterShape: shape } = this.config;
    // The runtime is asked for where it is needed: a layer without tensors goes by that of x.
    const make = (wanted: boolean): DenseTensor | null =>
      wanted ? standIn(this.config.runtime ?? currentRuntime(), shape) : null;
    const standIns: Tensors = {
      weight: make(scale),
      bias: make(shift),
      runningMean: make(tracks),
      runningVar: make(tracks),
    };
    const options = this.options(standIns, out, null, updates);
    checkForward(this.config.operation, x, this.argument(), options, saves);
  }

  backward<const O extends LayerBackwardOptions = Record<never, never>>(
    dy: Tensor,
    options?: Exactly<O, LayerBackwardOptions>,
  ): Gradient<Tensor, IsNeeded<O, 'dx'>> {
    return this.#backward(dy, options) as Gradient<Tensor, IsNeeded<O, 'dx'>>;
  }

  #backward(dy: Tensor, options: LayerBackwardOptions | undefined): Tensor | null {
    const { needs, out, accumulate, saved } = checkOptions(options, BACKWARD_OPTIONS);
    const request = readLayerRequest(needs, out, accumulate);
    this.#assertUsable();
    if (saved !== undefined && saved !== null) {
      const state = asSaved(saved, 'saved');
      this.#checkOwn(state);
      return this.#differentiate(state, dy, request).dx;
    }
    const { dx } = this.#differentiate(this.#pending.get(), dy, request);
    this.#pending.consume();
    return dx;
  }

  #checkOwn(saved: SavedState): void {
    // The operation and the parameters do not tell: two instance norms have none, and may differ in eps.
    if (saved.layer === this) return;
    throw valueError('saved is not of this layer: pass what its own record(x) returned');
  }

  #differentiate(state: SavedState, dy: Tensor, { needs, accumulate, dx }: Request): GradientsResult {
    state.assertUnwritten();
    const { weight, bias } = this.#inUse();
    const request = {
      needs,
      accumulate: (accumulate & DX) | (weight?.grad ? DWEIGHT : 0) | (bias?.grad ? DBIAS : 0),
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

  train(...given: unknown[]): this {
    checkNothingGiven('train', given[0], 'eval');
    this.#assertUsable();
    this.#evaluates = false;
    return this;
  }

  eval(...given: unknown[]): this {
    checkNothingGiven('eval', given[0], 'train');
    this.#assertUsable();
    this.#evaluates = true;
    this.#pending.drop();
    return this;
  }

  freeze(on?: boolean): this {
    const frozen = checkFlag(on, 'on', true);
    this.#assertUsable();
    this.#frozen = frozen;
    return this;
  }

  parameters(): Parameter[] {
    const { weight, bias } = this.#inUse();
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
    const { prefix, json } = checkOptions(options, STATE_OPTIONS);
    const nested = checkFlag(json, 'json', false);
    const before = checkPrefix(prefix);
    return readState(this.#entries(), this.#inUse(), this.#batches, before, nested);
  }

  loadStateDict(
    dict: { readonly [key: string]: unknown },
    options?: { readonly prefix?: string | undefined; readonly strict?: boolean | undefined },
  ): LoadResult {
    const { prefix, strict } = checkOptions(options, LOAD_OPTIONS);
    const exact = checkFlag(strict, 'strict', true);
    const before = checkPrefix(prefix);
    this.#assertUsable();
    const { result, write } = loadState(this.#entries(), dict, before, exact);
    const counted = write(() => this.#inUse());
    if (counted !== null) this.#batches = counted;
    return result;
  }

  #entries(): StateEntry[] {
    const { names, scale, shift, tracks, countsBatches, parameterShape } = this.config;
    const entries: StateEntry[] = [];
    if (scale) entries.push({ slot: 'weight', key: names.weight, shape: parameterShape });
    if (shift) entries.push({ slot: 'bias', key: names.bias, shape: parameterShape });
    if (!tracks) return entries;
    entries.push({ slot: 'runningMean', key: names.runningMean, shape: parameterShape });
    entries.push({ slot: 'runningVar', key: names.runningVar, shape: parameterShape });
    const { numBatchesTracked } = names;
    if (numBatchesTracked !== null) {
      entries.push({ slot: 'counter', key: numBatchesTracked, shape: [] });
    } else if (countsBatches) {
      // The framework has no name for it, nor dictionaries with it: but the average would start again without.
      entries.push({ slot: 'counter', key: COUNTER, shape: [], optional: true });
    }
    return entries;
  }

  /** The layer's tensors, allocated here at first use: all of them, or with an error none. */
  #inUse(): Tensors<LayerTensor> {
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

  /** No scope's; but like what is, it is not taken for options: it has some of their names. */
  [OWNED](): boolean {
    return false;
  }

  toString(): string {
    const { name } = this.constructor;
    return `${name}(${this.sizes()}) ${this.mode}${this.disposed ? ' (disposed)' : ''}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

function adoptGradient(parameter: LayerTensor | null, grad: DenseTensor<'float32'> | null): void {
  if (parameter === null || grad === null || parameter.grad === grad) return;
  disown(grad);
  parameter.takeGradient(grad);
}

/** PyTorch's `train(false)` means its `eval()`: taken for `train()`, it would do the opposite. */
function checkNothingGiven(name: string, given: unknown, opposite: string): void {
  if (given === undefined) return;
  const meant = given === false ? opposite : name;
  throw typeError(`${name}() takes no argument, got ${describe(given)}: use ${meant}()`);
}

function checkPrefix(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  throw typeError(`prefix must be a string, got ${describe(value)}`);
}
