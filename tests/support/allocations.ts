// Makes allocations of a runtime fail, as if there were no room. The one place of the tests that reaches below the public
// surface: a limit on memory fails by size, and so cannot choose which of a call's allocations it is that fails.
import { type Runtime, zeros } from 'normlayers';

interface Allocator {
  allocate(bytes: number): unknown;
}

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
  const { allocator } = runtime as unknown as { allocator: Allocator };
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
