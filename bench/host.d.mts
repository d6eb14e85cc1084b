import type { Subject } from './cases.d.mts';

export interface Message {
  readonly type: string;
  readonly [operand: string]: unknown;
}

/** Never throws: `{ failed }` says why there is no value. */
export function host(subject: Subject): (message: Message) => Promise<{ value?: unknown; failed?: string }>;
