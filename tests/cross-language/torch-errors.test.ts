// What we refuse in PyTorch’s words: people search for them. Where ours differ, the reason is listed.
import { describe, expect, test } from '@jest/globals';
import {
  BatchNorm,
  GroupNorm,
  InstanceNorm,
  isNormError,
  type Layer,
  LayerNorm,
  RMSNorm,
  scope,
  zeros,
} from 'normlayers';
import { readJson } from '../support/fixtures.ts';
import { apply, type Name } from '../support/operations.ts';

type Shape = readonly number[];
interface Call {
  readonly op?: Name;
  readonly x?: Shape;
  readonly training?: boolean;
  readonly eps?: number;
  readonly numGroups?: number;
  readonly normalizedShape?: Shape;
  readonly weight?: Shape;
  readonly bias?: Shape;
  readonly running_mean?: Shape;
  readonly running_var?: Shape;
  readonly layer?: keyof typeof CLASSES;
  readonly arguments?: unknown[];
  readonly options?: Record<string, unknown>;
  readonly dict?: Record<string, Shape>;
}
interface Mistake {
  readonly name: string;
  readonly call: Call;
  readonly message: string;
}

const CLASSES = { BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm };

const comma = 'PyTorch forgets a comma that the same message of its layer norm has';
const folded = 'PyTorch folds the data points into the channels, and counts them all';
const shapeless = 'PyTorch gives no shape, and speaks of its own insides';

/** Our own words, and why they are not PyTorch’s. */
const EXCEPTIONS: Record<string, readonly [says: string, because: string]> = {
  'RMS norm of other trailing axes': [
    'Given normalized_shape=[2, 2], expected input with shape [*, 2, 2], but got input of size[2, 2, 3]',
    comma,
  ],
  'RMS norm over another length': [
    'Given normalized_shape=[6], expected input with shape [*, 6], but got input of size[4, 5]',
    comma,
  ],
  'an RMS norm layer on another length': [
    'Given normalized_shape=[5], expected input with shape [*, 5], but got input of size[2, 6]',
    comma,
  ],
  'running mean of instance norm': [
    'running_mean should contain 3 elements not 2: x of shape [4, 3, 5] has 3 channels, on axis 1',
    folded,
  ],
  'weight of instance norm': [
    'weight should contain 3 elements not 2: x of shape [4, 3, 5] has 3 channels, on axis 1',
    folded,
  ],
  'group norm of a vector': ['x expected 2 to 8 axes, got 1: shape [3]', shapeless],
  'group norm of no space': ['x must have at least one spatial element, got shape [2, 3, 0]', shapeless],
  'group norm of no channels': ['x must have at least one channel, got shape [2, 0, 3]', shapeless],
  'a negative number of groups': [
    'numGroups must be a positive integer, got -2',
    'in JavaScript a count may also be a fraction, and one text serves both',
  ],
  'a negative eps of batch norm': [
    'eps must be a finite number ≥ 0, got -1',
    'functions take an eps of 0, which PyTorch refuses to batch norm in training, and to it alone',
  ],
  'a batch norm layer with eps 0': [
    'eps must be more than 0 for training, got 0: construct the layer with another, or call eval()',
    'it holds for every layer, where PyTorch refuses it to batch norm alone',
  ],
  'an instance norm layer on other channels': [
    'running_mean should contain 6 elements not 4: x of shape [2, 6, 3] has 6 channels, on axis 1',
    'the words that PyTorch has for batch norm: it has other ones for this layer, without a shape',
  ],
  'a dictionary that lacks keys': [
    'Missing key(s) in state_dict: "running_mean", "running_var", "num_batches_tracked".',
    'PyTorch makes up a counter for dictionaries from before it had one; ours loads all or nothing',
  ],
};

/** Without spaces and how PyTorch prints a size; its heading over the errors of a dictionary is left out. */
const plain = (message: string) =>
  message
    .replace(/^Error\(s\) in loading state_dict for \w+:/, '')
    .replace(/torch\.Size\(([^)]*)\)/g, '$1')
    .replace(/\s+/g, '');

/** PyTorch’s message, after which ours may tell more. */
const isIn = (message: string, theirs: string) =>
  plain(message) === plain(theirs) || plain(message).startsWith(`${plain(theirs)}:`);

const optional = (shape: Shape | undefined) => shape && zeros(shape);

function callFunction({ op, x, training, eps, numGroups, normalizedShape, ...given }: Call) {
  const running = op === 'batchNorm' || op === 'instanceNorm';
  const options = {
    weight: optional(given.weight),
    bias: optional(given.bias),
    eps,
    ...(running && {
      runningMean: optional(given.running_mean),
      runningVar: optional(given.running_var),
      mode: training ? 'train' : 'eval',
    }),
  };
  const subject = {
    op: op!,
    shape: x!,
    ...(numGroups !== undefined && { numGroups }),
    ...(normalizedShape && { normalizedShape }),
  };
  return apply(subject, zeros(x!), options as never);
}

function callLayer({ layer, arguments: given, options, x, dict }: Call) {
  const made = new (CLASSES[layer!] as unknown as new (...args: unknown[]) => Layer)(...given!, options ?? {});
  try {
    if (dict) made.loadStateDict(Object.fromEntries(Object.entries(dict).map(([key, shape]) => [key, zeros(shape)])));
    if (x) made.forward(zeros(x));
  } finally {
    made.dispose();
  }
}

function messageOf(call: Call): string {
  try {
    scope(() => void (call.op ? callFunction(call) : callLayer(call)));
  } catch (error) {
    if (isNormError(error)) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('PyTorch’s words', () => {
  const { errors } = readJson<{ errors: Mistake[] }>('torch-errors.json');

  test.each(errors.map((mistake) => [mistake.name, mistake] as const))('%s', (name, { call, message }) => {
    const ours = messageOf(call);
    const [says] = EXCEPTIONS[name] ?? [];
    if (says === undefined) {
      if (!isIn(ours, message)) throw new Error(`PyTorch says: ${message}\nours says: ${ours}`);
    } else {
      expect(ours).toBe(says);
      expect(isIn(ours, message)).toBe(false);
    }
  });

  test('every exception is of a mistake that is tried', () => {
    const names = errors.map(({ name }) => name);
    expect(Object.keys(EXCEPTIONS).filter((name) => !names.includes(name))).toEqual([]);
  });
});
