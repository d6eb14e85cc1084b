// The types of problem.mjs, for the tests.

export class Problem extends Error {
  constructor(code: string, message: string, cure?: string);
  readonly code: string;
  readonly cure: string;
}
