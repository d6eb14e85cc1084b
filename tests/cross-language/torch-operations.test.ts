// Every operation gives what PyTorch gives in float64 for the same input: y, and the gradients by both of our routes.
import { describe, test } from '@jest/globals';
import { backward, scope, tensor } from 'normlayers';
import { expectWithin } from '../support/bounds.ts';
import { type Fixture, readFixtures } from '../support/fixtures.ts';
import {
  applyBackward,
  applyForward,
  type Case,
  type Gradient,
  type GradientTensors,
  type Name,
  type Options,
  parameterShape,
} from '../support/operations.ts';
import { gradients } from '../support/verify.ts';
import { limitsOf } from './limits.ts';

interface About {
  readonly op: Name;
  readonly shape: number[];
  readonly eps: number;
  readonly family: string;
  /** Running statistics are given, and constants. */
  readonly frozen: boolean;
  readonly channelsLast?: boolean;
  readonly numGroups?: number;
  readonly normalizedShape?: number[];
}

const PARAMETER: Record<Gradient, string> = { dx: 'x', dweight: 'weight', dbias: 'bias' };

function caseOf({ op, shape, channelsLast, numGroups, normalizedShape }: About): Case {
  if (normalizedShape) return { op, shape, normalizedShape };
  return { op, shape, channelAxis: channelsLast ? -1 : 1, ...(numGroups === undefined ? {} : { numGroups }) };
}

function limitsOfFixture({ about, has, input }: Fixture<About>, c: Case) {
  const optional = (name: string) => (has(name) ? input(name) : null);
  return limitsOf(c, {
    x: input('x'),
    dy: input('dy'),
    weight: optional('weight'),
    bias: optional('bias'),
    eps: about.eps,
    constants: about.frozen ? { mean: input('running_mean'), variance: input('running_var') } : null,
  });
}

function optionsOf({ about, has, input }: Fixture<About>, c: Case): Options {
  const parameter = (name: string) => (has(name) ? tensor(input(name), parameterShape(c)) : null);
  const options: Options = { eps: about.eps, weight: parameter('weight'), bias: parameter('bias') };
  if (about.frozen) {
    Object.assign(options, {
      mode: 'frozen',
      runningMean: parameter('running_mean'),
      runningVar: parameter('running_var'),
    });
  }
  return options;
}

function expectGradients(fixture: Fixture<About>, actual: GradientTensors, limits: Record<Gradient, Float64Array>) {
  for (const key of gradients) {
    if ((actual[key] !== null) !== fixture.has(PARAMETER[key])) throw new Error(`${key} is ${actual[key]}`);
    if (actual[key]) expectWithin(actual[key].data, fixture.result(key), limits[key], key);
  }
}

describe.each(['layerNorm', 'rmsNorm', 'batchNorm', 'groupNorm', 'instanceNorm'])('%s', (op) => {
  const { cases } = readFixtures<About>(`torch-${op}`);

  test.each(cases.map((fixture) => [fixture.title, fixture] as const))('%s', (_, fixture) => {
    const c = caseOf(fixture.about);
    const limits = limitsOfFixture(fixture, c);
    scope(() => {
      const [x, dy] = [tensor(fixture.input('x'), c.shape), tensor(fixture.input('dy'), c.shape)];
      const options = optionsOf(fixture, c);
      const { y, saved } = applyForward(c, x, options);
      expectWithin(y.data, fixture.result('y'), limits.y, 'y');
      expectGradients(fixture, backward(saved, dy) as GradientTensors, limits);
      expectGradients(fixture, applyBackward(c, dy, x, options), limits);
    });
  });
});
