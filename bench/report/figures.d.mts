import type { Case } from '../cases.d.mts';

export function caseName(spec: Case): string;
export function nanoseconds(value: number): string;
export function offsetName(offset: number): string;
export function operationName(op: Case['op']): string;
export function shapeName(spec: Case): string;
export function times(value: number): string;
export function units(value: number | null): string;
