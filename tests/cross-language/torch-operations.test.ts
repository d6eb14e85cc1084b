// Every operation gives what PyTorch gives in float64 for the same input: y, and the gradients by both of our routes.
import { describe, test } from '@jest/globals';
import { backward, scope, tensor } from 'normlayers';
import { expectWithin, limitOfY, limitsOfGradients } from '../support/bounds.ts';
import { type Fixture, readFixtures } from '../support/fixtures.ts';
import {
  applyBackward,
  applyForward,
  type Case,
  centred,
  type Gradient,
  type GradientTensors,
  geometryOf,
  type Name,
  type Options,
  parameterShape,
} from '../support/operations.ts';
import * as oracle from '../support/oracle.ts';
import { gradients } from '../support/verify.ts';

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

/** How far from PyTorch’s result ours may be: our own bounds, which turn on the input and its statistics. */
function limitsOf({ about, has, input }: Fixture<About>, c: Case) {
  const g = geometryOf(c);
  const [x, dy] = [input('x'), input('dy')];
  const [weight, bias] = ['weight', 'bias'].map((name) => (has(name) ? input(name) : null));
  const s = about.frozen
    ? oracle.constants(g, input('running_mean'), input('running_var'), about.eps)
    : oracle.statistics(x, g, about.eps, centred(c));
  return { y: limitOfY(x, g, s, weight!, bias!), ...limitsOfGradients(dy, x, g, s, weight!) };
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
    const limits = limitsOf(fixture, c);
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
