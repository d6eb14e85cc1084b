// The public surface as a table: for every function and method, arguments that are good, and what may be spoiled of them.
import type { Entry } from './surface/entry.ts';
import { layers } from './surface/layers.ts';
import { memory } from './surface/memory.ts';
import { operations } from './surface/operations.ts';
import { tensors } from './surface/tensors.ts';

export const surface: readonly Entry[] = [...operations, ...layers, ...tensors, ...memory];
