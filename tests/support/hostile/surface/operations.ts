// The operations: of each the plain call, forward, its backward, and backward of what forward saved.
import {
  backward,
  batchNorm,
  batchNormBackward,
  batchNormForward,
  groupNorm,
  groupNormBackward,
  groupNormForward,
  instanceNorm,
  instanceNormBackward,
  instanceNormForward,
  layerNorm,
  layerNormBackward,
  layerNormForward,
  ones,
  rmsNorm,
  rmsNormBackward,
  rmsNormForward,
} from 'normlayers';
import { home, type World } from '../world.ts';
import { type Anything, any, type Entry } from './entry.ts';

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

const described: Operation[] = [
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

export const operations: readonly Entry[] = described.flatMap(ofOperation);
