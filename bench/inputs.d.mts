import type { Case, Inputs } from './cases.d.mts';

export function inputs(spec: Case): Inputs;
