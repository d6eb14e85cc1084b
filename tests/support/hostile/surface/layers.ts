// The layers: constructors, and every method with arguments.
import { kinds } from '../../layers.ts';
import { home, type World } from '../world.ts';
import { any, type Entry } from './entry.ts';

export const layers: readonly Entry[] = kinds.flatMap((kind): Entry[] => {
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
