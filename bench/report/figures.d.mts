import type { Case } from '../cases.d.mts';

export function nanoseconds(value: number): string;
export function offsetName(offset: number): string;
export function operationName(op: Case['op']): string;
