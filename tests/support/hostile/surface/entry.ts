// An entry of the table of the public surface: a good call, and the names of what may be spoiled of it.
import { resultBits, type World } from '../world.ts';

/** A call about to be made. */
export interface Trial {
  readonly call: (...args: unknown[]) => unknown;
  readonly args: unknown[];
}

export interface Entry {
  readonly name: string;
  /** The names of the arguments, in their order; 'options' is an object. */
  readonly parameters: readonly string[];
  /** What may be in options, dots for what is inside. */
  readonly options: readonly string[];
  /** What errors call the argument instead. */
  readonly alias?: string;
  readonly make: (w: World) => Trial;
}

/** Makes the good call, and returns what there is to see of it. */
export function goodCall({ call, args }: Trial, w: World, of: ReturnType<World['count']>): string {
  const result = resultBits(call(...args));
  return [result, ...w.contents(of)].join('\n');
}

/** Where only a genuine tensor, saved state or runtime will do. */
export const GENUINE: ReadonlySet<string> = new Set([
  'x',
  'dy',
  'weight',
  'bias',
  'saved',
  'reuse',
  'runtime',
  'runningMean',
  'runningVar',
  'mean',
  'rstd',
  'out.dx',
  'out.dweight',
  'out.dbias',
]);

export type Anything = (...args: unknown[]) => unknown;
export const any = (f: unknown) => f as Anything;
