// What other frameworks gave, as scripts/make-fixtures.py keeps it: a file of cases, each with its tensors by name.
import { readFileSync } from 'node:fs';
import { safetensors } from '@jax-js/loaders';

type Floats = Float32Array | Float64Array;

export interface Fixture<About> {
  readonly about: About;
  /** The index of the case and what it is, as a test is named. */
  readonly title: string;
  readonly has: (name: string) => boolean;
  /** A tensor in float32, as inputs are kept. */
  readonly input: (name: string) => Float32Array;
  /** A tensor in float64, as results are kept. */
  readonly result: (name: string) => Float64Array;
  /** All tensors whose names begin with `state.`, by what follows: a state dictionary. */
  readonly state: () => Record<string, Float32Array>;
}

export interface Fixtures<About> {
  /** The frameworks with their versions. */
  readonly madeBy: string;
  readonly cases: readonly Fixture<About>[];
}

export const readJson = <T>(name: string): T => JSON.parse(readFileSync(`tests/fixtures/${name}`, 'utf8'));

/** The tensors of a file, and what its writer says about them. */
export function readTensors(name: string) {
  // A copy: what Node reads is part of a larger buffer, which may not be aligned for float64.
  const { tensors, metadata } = safetensors.parse(new Uint8Array(readFileSync(`tests/fixtures/${name}`)));
  return { tensors, metadata };
}

export function readFixtures<About>(name: string): Fixtures<About> {
  const { tensors, metadata } = readTensors(`${name}.safetensors`);
  const { madeBy, cases } = JSON.parse(metadata!.fixtures!) as { madeBy: string; cases: About[] };
  return {
    madeBy,
    cases: cases.map((about, i) => {
      const values = <T extends Floats>(kind: new () => T, key: string): T => {
        const data = tensors[`${i}.${key}`]?.data;
        if (!(data instanceof kind)) throw new Error(`case ${i} of ${name} has no ${key} as ${kind.name}`);
        return data;
      };
      return {
        about,
        title: `${i}: ${JSON.stringify(about)}`,
        has: (key) => `${i}.${key}` in tensors,
        input: (key) => values(Float32Array, key),
        result: (key) => values(Float64Array, key),
        state: () => {
          const before = `${i}.state.`;
          const names = Object.keys(tensors).filter((key) => key.startsWith(before));
          return Object.fromEntries(
            names.map((key) => [key.slice(before.length), values(Float32Array, key.slice(`${i}.`.length))]),
          );
        },
      };
    }),
  };
}
