import type { Case } from './cases.d.mts';

export interface Settings {
  rounds: number;
  /** Milliseconds of a sample, and of warming up. */
  ms: number;
  warm: number;
}

export interface Process {
  ask(type: string, message?: object): Promise<unknown>;
}

export interface Run {
  spec: Case;
  process: Process;
}

export interface Outcome extends Run {
  status: 'timed' | 'wrong' | 'failed' | 'unsupported';
}

/** What may be shown; `nanoseconds` an element and the rest are there when the status is `timed`. */
export interface Shown {
  status: Outcome['status'];
  reason?: string;
  nanoseconds?: number;
  /** Half the distance between the quartiles, as a share of the median. */
  spread?: number;
  /** The largest, in units of 2⁻²³ of the scale of its output. */
  error?: number;
}

export function inTurns<R extends Run>(runs: readonly R[], settings: Settings): Promise<(R & Outcome)[]>;
export function shown(outcome: Outcome): Shown;
