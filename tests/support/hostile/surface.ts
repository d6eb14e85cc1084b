// The public surface as a table: for every function and method, arguments that are good, and what may be spoiled of them.
import {
  type AnyTensor,
  backward,
  batchNorm,
  batchNormBackward,
  batchNormForward,
  empty,
  full,
  groupNorm,
  groupNormBackward,
  groupNormForward,
  instanceNorm,
  instanceNormBackward,
  instanceNormForward,
  keep,
  layerNorm,
  layerNormBackward,
  layerNormForward,
  ones,
  rmsNorm,
  rmsNormBackward,
  rmsNormForward,
  scope,
  setDefaultRuntime,
  tensor,
  zeros,
} from 'normlayers';
import { kinds } from '../layers.ts';
import { home, resultBits, type World } from './world.ts';

/** A call about to be made. */
export interface Trial {
  readonly call: (...args: unknown[]) => unknown;
  readonly args: unknown[];
}

export interface Entry {
  readonly name: string;
  /** The names of the arguments, in their order; 'options' is an object. */
  readonly parameters: readonly string[];
  /** What may be in options, dots for what is inside. */
  readonly options: readonly string[];
  /** What errors call the argument instead. */
  readonly alias?: string;
  readonly make: (w: World) => Trial;
}

/** Makes the good call, and returns what there is to see of it. */
export function goodCall({ call, args }: Trial, w: World, of: ReturnType<World['count']>): string {
  const result = resultBits(call(...args));
  return [result, ...w.contents(of)].join('\n');
}

/** Where only a genuine tensor, saved state or runtime will do. */
export const GENUINE: ReadonlySet<string> = new Set([
  'x',
  'dy',
  'weight',
  'bias',
  'saved',
  'reuse',
  'runtime',
  'runningMean',
  'runningVar',
  'mean',
  'rstd',
  'out.dx',
  'out.dweight',
  'out.dbias',
]);

type Anything = (...args: unknown[]) => unknown;
const any = (f: unknown) => f as Anything;

interface Operation {
  readonly apply: Anything;
  readonly forward: Anything;
  readonly backward: Anything;
  readonly shape: readonly number[];
  readonly parameterShape: readonly number[];
  readonly argument?: readonly [name: string, value: unknown];
  readonly running?: boolean;
  readonly channels?: boolean;
}

const operations: Operation[] = [
  {
    apply: any(layerNorm),
    forward: any(layerNormForward),
    backward: any(layerNormBackward),
    shape: [3, 2, 4],
    parameterShape: [2, 4],
    argument: ['normalizedShape', [2, 4]],
  },
  {
    apply: any(rmsNorm),
    forward: any(rmsNormForward),
    backward: any(rmsNormBackward),
    shape: [3, 4],
    parameterShape: [4],
    argument: ['normalizedShape', 4],
  },
  {
    apply: any(groupNorm),
    forward: any(groupNormForward),
    backward: any(groupNormBackward),
    shape: [2, 4, 3],
    parameterShape: [4],
    argument: ['numGroups', 2],
    channels: true,
  },
  {
    apply: any(batchNorm),
    forward: any(batchNormForward),
    backward: any(batchNormBackward),
    shape: [3, 4, 2],
    parameterShape: [4],
    running: true,
    channels: true,
  },
  {
    apply: any(instanceNorm),
    forward: any(instanceNormForward),
    backward: any(instanceNormBackward),
    shape: [2, 4, 3],
    parameterShape: [4],
    running: true,
    channels: true,
  },
];

const REQUEST = [
  'needs',
  'needs.dx',
  'needs.dweight',
  'out',
  'out.dx',
  'out.dweight',
  'out.dbias',
  'accumulate',
  'accumulate.dx',
  'accumulate.dbias',
];

function ofOperation(o: Operation): Entry[] {
  const argument = o.argument ? [o.argument[0]] : [];
  const argumentOf = () => (o.argument ? [o.argument[1]] : []);
  const own = [
    'weight',
    'bias',
    'eps',
    ...(o.channels ? ['channelAxis'] : []),
    ...(o.running ? ['runningMean', 'runningVar', 'momentum', 'mode', 'runningVariance'] : []),
  ];
  const options = (w: World) => ({
    weight: w.normal(o.parameterShape, 2),
    bias: w.normal(o.parameterShape, 3),
    ...(o.running
      ? {
          runningMean: w.normal(o.parameterShape, 4),
          runningVar: w.watch(ones(o.parameterShape, { runtime: home })),
          mode: 'train',
        }
      : {}),
  });
  const gradients = (w: World) => ({
    needs: { dx: true },
    out: { dx: w.normal(o.shape, 5), dweight: w.normal(o.parameterShape, 6), dbias: w.normal(o.parameterShape, 7) },
    accumulate: { dweight: true },
  });
  return [
    {
      name: o.apply.name,
      parameters: ['x', ...argument, 'options'],
      options: [...own, 'out'],
      make: (w) => ({
        call: o.apply,
        args: [w.normal(o.shape), ...argumentOf(), { ...options(w), out: w.normal(o.shape, 9) }],
      }),
    },
    {
      name: o.forward.name,
      parameters: ['x', ...argument, 'options'],
      options: [...own, 'out', 'reuse'],
      make: (w) => ({ call: o.forward, args: [w.normal(o.shape), ...argumentOf(), options(w)] }),
    },
    {
      name: o.backward.name,
      parameters: ['dy', 'x', ...argument, 'options'],
      options: [...own, 'mean', 'rstd', ...REQUEST],
      make: (w) => ({
        call: o.backward,
        args: [w.normal(o.shape, 8), w.normal(o.shape), ...argumentOf(), { ...options(w), ...gradients(w) }],
      }),
    },
    {
      name: `backward of ${o.apply.name}`,
      parameters: ['saved', 'dy', 'options'],
      options: REQUEST,
      make: (w) => {
        const x = w.normal(o.shape);
        const { saved } = o.forward(x, ...argumentOf(), options(w)) as { saved: unknown };
        return { call: any(backward), args: [saved, w.normal(o.shape, 8), gradients(w)] };
      },
    },
  ];
}

const layers: Entry[] = kinds.flatMap((kind): Entry[] => {
  const { shape } = kind.case;
  const made = (w: World) => {
    const layer = w.watchLayer(kind.make({ scale: true, shift: true, runtime: home }));
    layer.parameters();
    return layer;
  };
  const running = kind.name === 'BatchNorm' || kind.name === 'InstanceNorm';
  const channels = running || kind.name === 'GroupNorm';
  const arguments_ = kind.name === 'GroupNorm' ? [2, 6] : channels ? [6] : [[3, 5]];
  const Class = kind.make().constructor as new () => unknown;
  const construct = (...args: unknown[]) => Reflect.construct(Class, args);
  const names =
    kind.name === 'GroupNorm' ? ['numGroups', 'numChannels'] : [channels ? 'numFeatures' : 'normalizedShape'];
  const forwardOptions = ['out', 'save', 'track'];
  return [
    {
      name: `new ${kind.name}`,
      parameters: [...names, 'options'],
      options: [
        'eps',
        'scale',
        'shift',
        'preset',
        'dtype',
        'runtime',
        ...(channels ? ['affine', 'channelAxis'] : ['elementwiseAffine']),
        ...(running ? ['momentum', 'trackRunningStats', 'runningVariance'] : []),
      ],
      make: () => ({ call: construct, args: [...arguments_, { runtime: home }] }),
    },
    {
      name: `first ${kind.name}.forward`,
      parameters: ['x', 'options'],
      options: forwardOptions,
      make: (w) => {
        const layer = w.watchLayer(kind.make({ runtime: home }), false);
        return { call: any(layer.forward.bind(layer)), args: [w.normal(shape), {}] };
      },
    },
    {
      name: `${kind.name}.forward`,
      parameters: ['x', 'options'],
      options: forwardOptions,
      make: (w) => {
        const layer = made(w);
        return { call: any(layer.forward.bind(layer)), args: [w.normal(shape), { out: w.normal(shape, 2) }] };
      },
    },
    {
      name: `${kind.name}.record`,
      parameters: ['x', 'options'],
      options: ['out', 'track'],
      make: (w) => {
        const layer = made(w);
        return { call: any(layer.record.bind(layer)), args: [w.normal(shape), {}] };
      },
    },
    {
      name: `${kind.name}.backward`,
      parameters: ['dy', 'options'],
      options: ['needs', 'needs.dx', 'needs.dweight', 'out', 'out.dx', 'accumulate', 'accumulate.dx', 'saved'],
      make: (w) => {
        const layer = made(w);
        layer.forward(w.normal(shape) as never);
        return {
          call: any(layer.backward.bind(layer)),
          args: [w.normal(shape, 3), { needs: {}, out: { dx: w.normal(shape, 4) }, accumulate: { dx: true } }],
        };
      },
    },
    {
      name: `${kind.name}.backward of a record`,
      parameters: ['dy', 'options'],
      options: ['needs', 'out', 'saved'],
      make: (w) => {
        const layer = made(w);
        const { saved } = layer.record(w.normal(shape) as never);
        return { call: any(layer.backward.bind(layer)), args: [w.normal(shape, 3), { saved }] };
      },
    },
    {
      name: `${kind.name}.stateDict`,
      parameters: ['options'],
      options: ['prefix', 'json'],
      make: (w) => {
        const layer = made(w);
        return { call: any(layer.stateDict.bind(layer)), args: [{ prefix: 'a.' }] };
      },
    },
    {
      name: `${kind.name}.loadStateDict`,
      parameters: ['dict', 'options'],
      options: ['prefix', 'strict'],
      make: (w) => {
        const layer = made(w);
        const donor = kind.make({ scale: true, shift: true, runtime: home });
        const dict = donor.stateDict();
        donor.dispose();
        for (const value of Object.values(dict))
          if ((value as object) instanceof Float32Array) (value as Float32Array).fill(3);
        return { call: any(layer.loadStateDict.bind(layer)), args: [dict, {}] };
      },
    },
    ...(['freeze', 'train', 'eval'] as const).map(
      (method): Entry => ({
        name: `${kind.name}.${method}`,
        parameters: [method === 'freeze' ? 'on' : method],
        options: [],
        make: (w) => {
          const layer = made(w);
          return { call: any(layer[method].bind(layer)), args: [undefined] };
        },
      }),
    ),
  ];
});

const maker = (make: unknown, values: unknown[]): Entry => ({
  name: (make as Anything).name,
  parameters: ['shape', ...(values.length > 0 ? ['value'] : []), 'options'],
  options: ['dtype', 'runtime'],
  make: () => ({ call: any(make), args: [[2, 3], ...values, { dtype: 'float32' }] }),
});

const tensors: Entry[] = [
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

const others: Entry[] = [
  {
    name: 'reserve',
    parameters: ['bytes'],
    options: [],
    make: () => ({ call: any(home.reserve.bind(home)), args: [1000] }),
  },
  {
    name: 'setDefaultRuntime',
    parameters: ['runtime'],
    options: [],
    make: () => ({ call: any(setDefaultRuntime), args: [home] }),
  },
  {
    name: 'scope',
    parameters: ['fn', 'options'],
    options: ['runtime'],
    make: (w) => {
      const made = w.normal([2]);
      return { call: any(scope), args: [() => [made.clone(), { again: made.clone() }], {}] };
    },
  },
  {
    name: 'keep',
    parameters: ['value'],
    options: [],
    make: (w) => ({ call: any(keep), args: [w.normal([2])] }),
  },
];

export const surface: readonly Entry[] = [...operations.flatMap(ofOperation), ...layers, ...tensors, ...others];
