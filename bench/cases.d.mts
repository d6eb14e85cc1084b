// Types of the benchmark's cases and subjects, for the TypeScript that uses them.
export interface Case {
  op: 'layerNorm' | 'rmsNorm' | 'groupNorm' | 'instanceNorm' | 'batchNorm';
  /** `forward` is a training forward: it saves what backward needs, and batch norm updates its running statistics. */
  pass: 'forward' | 'eval' | 'backward';
  shape: number[];
  layout: 'channelsFirst' | 'channelsLast';
  groups?: number;
  eps: number;
  /** How many trailing axes layer and RMS norm share their statistics over: 1 unless told. */
  normalizedAxes?: number;
}

export interface Inputs {
  x: Float32Array;
  dy: Float32Array;
  weight: Float32Array;
  bias: Float32Array;
  runningMean: Float32Array;
  runningVar: Float32Array;
}

export interface Prepared {
  /** One complete call of the operation, as a user would make it, on data that is in place. */
  run(): void;
  /** `{ y }`, or `{ dx, dweight, dbias }` after a backward. */
  outputs(): Record<string, Float32Array | null>;
  dispose(): void;
}

export interface Subject {
  name: string;
  prepare(spec: Case, inputs: Inputs): Promise<Prepared>;
}

type Outputs = ReturnType<Prepared['outputs']>;

/** What a file given as `--subject` exports by default, and what the peers are: all of it may take its time. */
export interface OutsideSubject {
  name: string;
  /** Null when the operation is not supported. */
  prepare(
    spec: Case,
    inputs: Inputs,
  ): Promise<{
    run(): void | Promise<void>;
    outputs(): Outputs | Promise<Outputs>;
    dispose(): void | Promise<void>;
  } | null>;
}

export const cases: Case[];
export function label(spec: Case): string;
export function size(spec: Case): number;
export function parameterShape(spec: Case): number[];
