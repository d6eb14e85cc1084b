// What makes tensors, and their methods.
import { type AnyTensor, empty, full, ones, tensor, zeros } from 'normlayers';
import { type Anything, any, type Entry } from './entry.ts';

const maker = (make: unknown, values: unknown[]): Entry => ({
  name: (make as Anything).name,
  parameters: ['shape', ...(values.length > 0 ? ['value'] : []), 'options'],
  options: ['dtype', 'runtime'],
  make: () => ({ call: any(make), args: [[2, 3], ...values, { dtype: 'float32' }] }),
});

export const tensors: readonly Entry[] = [
  maker(zeros, []),
  maker(ones, []),
  maker(full, [2]),
  {
    name: 'empty',
    parameters: ['shape', 'options'],
    options: ['dtype', 'runtime'],
    // Its contents are arbitrary: only its shape can be compared.
    make: () => ({ call: (...args) => (any(empty)(...args) as AnyTensor).shape, args: [[2, 3], {}] }),
  },
  {
    name: 'tensor',
    parameters: ['values', 'shape', 'options'],
    options: ['dtype', 'runtime'],
    make: () => ({ call: any(tensor), args: [Float32Array.of(1, 2, 3, 4), [2, 2], {}] }),
  },
  {
    name: 'tensor of nested arrays',
    parameters: ['values', 'shape'],
    options: [],
    make: () => ({
      call: any(tensor),
      args: [
        [
          [1, 2],
          [3, 4],
        ],
        undefined,
      ],
    }),
  },
  {
    name: 'tensor of a foreign one',
    parameters: ['options'],
    options: ['data', 'shape', 'dims', 'stride', 'strides', 'offset'],
    alias: 'values',
    make: () => ({ call: any(tensor), args: [{ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2], strides: [2, 1] }] }),
  },
  {
    name: 'copyFrom',
    parameters: ['values'],
    options: [],
    make: (w) => {
      const t = w.normal([2, 2]);
      return { call: any(t.copyFrom.bind(t)), args: [[1, 2, 3, 4]] };
    },
  },
  {
    name: 'reshape',
    parameters: ['shape'],
    options: [],
    make: (w) => {
      const t = w.normal([2, 3]);
      return { call: any(t.reshape.bind(t)), args: [[3, -1]] };
    },
  },
  {
    name: 'rows',
    parameters: ['start', 'end'],
    options: [],
    make: (w) => {
      const t = w.normal([4, 3]);
      return { call: any(t.rows.bind(t)), args: [1, 3] };
    },
  },
];
