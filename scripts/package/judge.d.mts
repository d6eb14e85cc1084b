// The types of judge.mjs, for the tests.

export interface Kind {
  readonly judge: string | { readonly otherwise: string; readonly [column: string]: string };
}
export function judge(
  kind: Kind,
  column: string,
  answer: unknown,
  project: { readonly hash?: string; readonly hashAlone?: string },
): void;
