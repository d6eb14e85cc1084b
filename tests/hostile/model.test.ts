// Tensors, views, scopes, saved states, layers and runtimes in any order, against a simple model of who owns what and
// what is in it. Freed memory is filled with NaN, so that a stale read shows.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRuntime, setDefaultRuntime } from 'normlayers';
import { runs } from '../support/effort.ts';
import { ACTIONS, endAll } from '../support/model/actions.ts';
import type { Dice } from '../support/model/dice.ts';
import { isAlive, Model } from '../support/model/model.ts';
import { inScope } from '../support/model/places.ts';

const home = { real: createRuntime({ maxMemory: 64 * 65536, debug: true }), alive: true };
setDefaultRuntime(home.real);

const seen = new Map<string, number>();

abstract class Step implements fc.Command<Model, null> {
  readonly dice: Dice;
  constructor(dice: Dice) {
    this.dice = dice;
  }
  check(): boolean {
    return true;
  }
  abstract run(m: Model): void;
}

class Act extends Step {
  readonly name: string;
  constructor(name: string, dice: Dice) {
    super(dice);
    this.name = name;
  }
  run(m: Model): void {
    seen.set(this.name, (seen.get(this.name) ?? 0) + 1);
    ACTIONS[this.name]!(m, this.dice);
    m.check();
  }
  override toString = () => `${this.name}(${this.dice})`;
}

class InScope extends Step {
  readonly inner: readonly Step[];
  constructor(inner: readonly Step[], dice: Dice) {
    super(dice);
    this.inner = inner;
  }
  run(m: Model): void {
    inScope(m, this.dice, () => {
      for (const step of this.inner) step.run(m);
    });
    m.check();
  }
  override toString = () => `scope(${this.dice})[${this.inner.join(', ')}]`;
}

const number = fc.nat(2 ** 20);
const dice: fc.Arbitrary<Dice> = fc.tuple(number, number, number);

/** How often each is chosen; what makes is chosen more often than what ends. */
const WEIGHTS: Record<string, number> = {
  make: 8,
  view: 5,
  forward: 8,
  differentiate: 8,
  'layer.forward': 8,
  'layer.backward': 8,
  makeLayer: 3,
};
const act = fc.oneof(
  ...Object.keys(ACTIONS).map((name) => ({
    weight: WEIGHTS[name] ?? 2,
    arbitrary: dice.map((d): Step => new Act(name, d)),
  })),
);
const steps_: fc.Arbitrary<Step> = fc.letrec<{ step: Step }>((tie) => ({
  step: fc.oneof(
    { depthSize: 'medium', maxDepth: 3, withCrossShrink: true },
    { weight: 12, arbitrary: act },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.array(tie('step'), { maxLength: 12 }), dice).map(([inner, d]) => new InScope(inner, d)),
    },
  ),
})).step;

test('any order of calls agrees with the model', () => {
  const commands = fc.commands([steps_], { maxCommands: 120, size: 'max' });
  const property = fc.property(commands, (sequence) => {
    const model = new Model(home);
    try {
      fc.modelRun(() => ({ model, real: null }), sequence);
    } finally {
      endAll(model, home);
    }
    model.check();
    for (const { real } of model.tensors) expect(() => real.data).toThrow('disposed');
    expect(model.tensors.some(isAlive)).toBe(false);
    expect(home.real.memory()).toMatchObject({ tensors: 0, bytesInUse: 0 });
  });
  fc.assert(property, runs(100, 3000));
  for (const name of Object.keys(ACTIONS)) expect([name, seen.get(name) ?? 0]).not.toEqual([name, 0]);
});
