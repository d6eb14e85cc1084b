// The types of matrix.mjs, for the tests.

import type { Kind } from './judge.mjs';

export interface Cell {
  readonly outcome: 'passed' | 'failed' | 'not run' | 'none';
  readonly reason?: string;
}
export interface Place {
  readonly name: string;
  open(project: object): Promise<{
    readonly version: string;
    readonly ways: Readonly<Record<string, (() => unknown) | undefined>>;
    close?(): unknown;
  }>;
}
export interface Tried extends Kind {
  readonly key: string;
  readonly title: string;
  readonly columns: Readonly<Record<string, string>>;
}
export interface Row {
  readonly name: string;
  readonly version?: string;
  readonly cells: Readonly<Record<string, Cell>>;
  readonly ms: number;
}
export function visit(kind: Tried, place: Place, project: object): Promise<Row>;
export function count(results: readonly { readonly places: readonly Row[] }[]): Record<Cell['outcome'], number>;
