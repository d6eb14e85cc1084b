import type { Case } from './cases.d.mts';

interface Family<Shape> {
  neighbour: Shape;
  shapes: Shape[];
}

/** What may be shown of a case that was timed, or why there is no time. */
interface Shown {
  spec: Case;
  status: 'timed' | 'wrong' | 'failed' | 'unsupported';
  nanoseconds?: number;
  errors?: Record<string, number | null>;
  /** Whether all errors are within what our bounds allow. */
  withinBounds?: boolean;
  relativeError?: number | null;
  target?: number;
  ratio?: number;
}

interface Process {
  ask(type: string, message: { as: number; spec?: Case; ms?: number }): Promise<unknown>;
}

interface Settings {
  rounds: number;
  ms: number;
  warm: number;
}

export const awkwardFamilies: Family<Case>[];
export function target(spec: Case): number;
export function compare(family: Family<Case>, process: Process, settings: Settings): Promise<Family<Shown>>;
export function misses(measured: Family<Shown>[]): (Shown & { neighbour: Shown })[];
