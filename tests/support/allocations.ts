// What a runtime's calls allocate: how much, whether they stay within it, and what they do when there is no room. The one
// place of the tests that reaches below the public surface: a limit on memory fails by size, and so cannot choose which of
// a call's allocations it is that fails; and what lies behind a block is nobody's to look at.
import { type Runtime, zeros } from 'normlayers';

/** What kernels say they work in, in bytes. */
interface Kernels {
  readonly memory: WebAssembly.Memory;
  layer_norm_scratch(rows: number, len: number): number;
  batch_norm_scratch(n: number, c: number, s: number): number;
  group_norm_scratch(n: number, c: number, s: number, groups: number, channelsLast: number): number;
}

interface Below {
  readonly allocator: { allocate(bytes: number): { readonly start: number } };
  readonly kernels: Kernels;
}

const below = (runtime: Runtime) => runtime as unknown as Below;

export const kernelsOf = (runtime: Runtime): Kernels => below(runtime).kernels;

/** More than any memory may have. */
const TOO_MUCH = 2 ** 40;

export interface Outcome {
  readonly result?: unknown;
  readonly error?: unknown;
  /** How many allocations were asked for. */
  readonly asked: number;
}

/** Runs `call` while `count` allocations of `runtime`, from the `first` one on (counted from 1), fail. */
export function withFailing(runtime: Runtime, first: number, count: number, call: () => unknown): Outcome {
  const { allocator } = below(runtime);
  const allocate = allocator.allocate.bind(allocator);
  let asked = 0;
  allocator.allocate = (bytes) => {
    asked++;
    // The allocator's own refusal, which changes nothing.
    return allocate(asked >= first && asked < first + count ? TOO_MUCH : bytes);
  };
  try {
    const result = call();
    return { result, asked };
  } catch (error) {
    return { error, asked };
  } finally {
    // The method of the class is there again.
    Reflect.deleteProperty(allocator, 'allocate');
  }
}

/** Has `runtime` give up what its kernels work in, so that the next call allocates it anew. */
export function dropScratch(runtime: Runtime): void {
  withFailing(runtime, 1, Number.POSITIVE_INFINITY, () => zeros([1], { runtime }));
}

/** As much as any call here could write beside its blocks, and of no pattern that it could write. */
const GUARD = new Uint8Array(1 << 16).fill(0xa5);

export interface Guarded<R> {
  readonly result: R;
  /** The bytes of each block that was asked for, in their order. */
  readonly blocks: readonly number[];
}

/** Runs `call` on fresh scratch, with a guard right behind every block that it is given; throws when one was written. */
export function guarded<R>(runtime: Runtime, call: () => R): Guarded<R> {
  dropScratch(runtime);
  const { allocator, kernels } = below(runtime);
  const allocate = allocator.allocate.bind(allocator);
  const blocks: { readonly bytes: number; readonly end: number }[] = [];
  const guardAt = (end: number) => new Uint8Array(kernels.memory.buffer, end, GUARD.length);
  allocator.allocate = (bytes) => {
    const block = allocate(bytes + GUARD.length);
    const end = block.start + bytes;
    guardAt(end).set(GUARD);
    blocks.push({ bytes, end });
    return block;
  };
  try {
    const result = call();
    for (const [i, { bytes, end }] of blocks.entries()) {
      const guard = guardAt(end);
      if (Buffer.compare(guard, GUARD) === 0) continue;
      const written = guard.findIndex((byte, k) => byte !== GUARD[k]);
      throw new Error(`byte ${written} behind block ${i}, of ${bytes} bytes, was written`);
    }
    return { result, blocks: blocks.map(({ bytes }) => bytes) };
  } finally {
    Reflect.deleteProperty(allocator, 'allocate');
    // A block of scratch is larger than it may be used.
    dropScratch(runtime);
  }
}
