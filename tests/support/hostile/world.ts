// Where a hostile call is made: the tensors and layers around it, and whether anything about them has changed.
import {
  type AnyTensor,
  createRuntime,
  isNormError,
  type Layer,
  type Runtime,
  type Saved,
  scope,
  tensor,
} from 'normlayers';
import { normals } from '../random.ts';

const PAGE = 65536;

/** Small, so that a shape of a few million elements is out of memory at once. */
export const home: Runtime = createRuntime({ initialMemory: 32 * PAGE, maxMemory: 32 * PAGE, debug: true });
export const abroad: Runtime = createRuntime({ initialMemory: 32 * PAGE, maxMemory: 32 * PAGE, debug: true });
const gone: Runtime = createRuntime({ maxMemory: 32 * PAGE });
const lost = tensor([[1, 2, 3, 4]], undefined, { runtime: gone });
gone.dispose();

/** What hostile getters throw: it must arrive as it is. */
export class Boom extends Error {
  override readonly name = 'Boom';
}

export class World {
  readonly boom = new Boom('thrown by a getter of the caller');
  readonly #tensors: AnyTensor[] = [];
  readonly #layers: { readonly layer: Layer; readonly inUse: boolean }[] = [];
  readonly #saved: Saved[] = [];
  readonly disposedRuntime = gone;
  readonly tensorOfDisposedRuntime = lost;

  /** A tensor whose bytes are watched. */
  watch<T extends AnyTensor>(t: T): T {
    this.#tensors.push(t);
    return t;
  }

  /** A watched tensor of arbitrary numbers. */
  normal(shape: readonly number[], seed = 1, runtime: Runtime = home): AnyTensor {
    const values = normals(
      shape.reduce((a, b) => a * b, 1),
      seed,
      0.5,
    );
    return this.watch(tensor(values, shape, { runtime }));
  }

  /** A saved state that may be kept from its scope. */
  own<S extends Saved>(saved: S): S {
    this.#saved.push(saved);
    return saved;
  }

  /** A layer whose state is watched; one that was not used yet has none, and looking would give it one. */
  watchLayer<L extends Layer>(layer: L, inUse = true): L {
    if (inUse) layer.parameters();
    this.#layers.push({ layer, inUse });
    return layer;
  }

  dispose(): void {
    for (const { layer } of this.#layers) layer.dispose();
    for (const made of [...this.#tensors, ...this.#saved]) made.dispose();
  }

  /** Everything that a refused call must leave alone, as text. */
  snapshot(): string {
    const held = [home, abroad].map((runtime) => {
      const { tensors, bytesInUse } = runtime.memory();
      return `${tensors} tensors, ${bytesInUse} bytes`;
    });
    return [...held, ...this.contents()].join('\n');
  }

  /** How much is watched at present. */
  count(): readonly [tensors: number, layers: number] {
    return [this.#tensors.length, this.#layers.length];
  }

  /** What is watched, or the first of it, as text. */
  contents([tensorCount, layerCount] = this.count()): string[] {
    const tensors = this.#tensors.slice(0, tensorCount).map((t) => `${t} ${t.disposed ? '' : bits(t)}`);
    const layers = this.#layers.slice(0, layerCount).map(({ layer, inUse }) => {
      const { weight, bias, runningMean, runningVar } = inUse && !layer.disposed ? layer : ({} as Partial<Layer>);
      const own = [weight, bias, weight?.grad, bias?.grad, runningMean, runningVar];
      return `${layer} ${layer.numBatchesTracked} ${own.map((t) => (t ? bits(t) : t)).join()}`;
    });
    return [...tensors, ...layers];
  }
}

/** The bytes of a tensor, as text. */
export function bits({ data }: AnyTensor): string {
  const { buffer, byteOffset, byteLength } = data;
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

const CLASS_OF: Record<string, string> = {
  TYPE: 'TypeError',
  RUNTIME: 'TypeError',
  VALUE: 'RangeError',
  SHAPE: 'RangeError',
  MEMORY: 'MemoryError',
  STATE: 'StateError',
  DISPOSED: 'StateError',
  UNSUPPORTED: 'UnsupportedError',
};

const plain = (text: string) => text.replaceAll('_', '').toLowerCase();

/**
 * Throws unless `error` is one of ours, of the class its code belongs to, naming one of `names`; or the caller's own.
 * Whoever passes a revoked proxy, or a class to be called, gets the engine's word for it.
 */
export function expectTyped(error: unknown, world: World, names: readonly string[]): void {
  if (error === world.boom) return;
  if (error instanceof TypeError && /revoked|^Class constructor/.test(error.message)) return;
  if (!isNormError(error)) throw new Error(`not an error of ours: ${String(error)}`, { cause: error });
  if (error.name !== CLASS_OF[error.code]) throw new Error(`a ${error.name} with the code ${error.code}`);
  // What is wrong is then no argument.
  if (error.code === 'MEMORY' || error.code === 'STATE') return;
  const message = plain(error.message);
  if (names.some((name) => message.includes(plain(name)))) return;
  throw new Error(`the message names none of ${names.join(', ')}: ${error.message}`, { cause: error });
}

/** Whatever a call returned, as text, to the last bit. */
export function resultBits(result: unknown): string {
  if (typeof result !== 'object' || result === null) return String(result);
  if ('dtype' in result) return `${result} ${bits(result as AnyTensor)}`;
  if (ArrayBuffer.isView(result))
    return Buffer.from(result.buffer, result.byteOffset, result.byteLength).toString('base64');
  if ('rstd' in result) {
    const { mean, rstd } = result as { mean: AnyTensor | null; rstd: AnyTensor };
    return `saved ${mean && bits(mean)} ${bits(rstd)}`;
  }
  if ('mode' in result || 'module' in result) return String(result);
  return Object.entries(result)
    .map(([key, value]) => `${key}: ${resultBits(value)}`)
    .join('; ');
}

/** Runs in a world of its own, of which nothing is left. */
export function tidily<T>(run: (w: World) => T): T {
  const before = new World().snapshot();
  const w = new World();
  let result: T;
  try {
    result = scope(() => run(w) as never, { runtime: home });
  } finally {
    w.dispose();
  }
  const after = new World().snapshot();
  if (after !== before) throw new Error(`something is left:\n${before}\n→\n${after}`);
  return result;
}
