// Runtimes and scopes.
import { keep, scope, setDefaultRuntime } from 'normlayers';
import { home } from '../world.ts';
import { any, type Entry } from './entry.ts';

export const memory: readonly Entry[] = [
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
