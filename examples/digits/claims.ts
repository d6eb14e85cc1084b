// A claim of the lecture, held against a run: it is shown when every one of its parts is, each a predicate with its figures.

export interface Part {
  readonly statement: string;
  readonly holds: boolean;
  /** What was measured, in words with numbers. */
  readonly figures: string;
}

export interface Claim {
  readonly title: string;
  /** What the lecture says. */
  readonly says: string;
  /** How it was put to the test. */
  readonly method: string;
  /** What counts as shown, and where each bar comes from. */
  readonly rule: string;
  /** The figures that matter most, in a line. */
  readonly summary: string;
  readonly parts: readonly Part[];
}

export const shown = ({ parts }: Claim) => parts.every(({ holds }) => holds);

/** A table that reads the same in the terminal and in the report. The first column is text, the others are figures. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly note?: string;
}
