// Derivatives of the definitions with no step to choose: every number carries its rate of change along one direction of
// the inputs (forward mode). In float64, and from the definition of y alone: it knows no formula of a gradient.
import type { Geometry } from './geometry.ts';
import type { Dependence, Values } from './oracle.ts';

/** A value and its rate. */
export class Dual {
  readonly value: number;
  readonly rate: number;

  constructor(value: number, rate = 0) {
    this.value = value;
    this.rate = rate;
  }

  plus(other: Dual): Dual {
    return new Dual(this.value + other.value, this.rate + other.rate);
  }

  minus(other: Dual): Dual {
    return new Dual(this.value - other.value, this.rate - other.rate);
  }

  times(other: Dual): Dual {
    return new Dual(this.value * other.value, this.rate * other.value + this.value * other.rate);
  }

  over(count: number): Dual {
    return new Dual(this.value / count, this.rate / count);
  }

  /** 1/√ of it. */
  rootReciprocal(): Dual {
    const value = 1 / Math.sqrt(this.value);
    return new Dual(value, (-0.5 * value * this.rate) / this.value);
  }
}

/** Inputs and the direction in which they move; what is absent does not move. */
export interface Moving {
  readonly x: Values;
  readonly weight: Values | null;
  readonly bias: Values | null;
  readonly along: { readonly x: Values; readonly weight: Values; readonly bias: Values };
}

const dual = (values: Values, rates: Values) => Array.from(values, (value, i) => new Dual(value, rates[i]));

/** The rate of Σ dy·y. `constants` are mean and rstd where those do not depend on x. */
export function rateOfLoss(
  dy: Values,
  inputs: Moving,
  g: Geometry,
  eps: number,
  dependence: Dependence,
  constants: { readonly mean: Values; readonly rstd: Values },
): number {
  const x = dual(inputs.x, inputs.along.x);
  const weight = inputs.weight && dual(inputs.weight, inputs.along.weight);
  const bias = inputs.bias && dual(inputs.bias, inputs.along.bias);
  const averages = (term: (i: number) => Dual) => {
    const sums: Dual[] = Array.from({ length: g.statistics }, () => new Dual(0));
    for (let i = 0; i < x.length; i++) sums[g.statistic[i]!] = sums[g.statistic[i]!]!.plus(term(i));
    return sums.map((sum) => sum.over(x.length / g.statistics));
  };
  const zero = Array.from({ length: g.statistics }, () => new Dual(0));
  // About the first element: an offset costs no digits.
  const origin = Array.from(zero);
  if (dependence === 'centred') for (let i = x.length - 1; i >= 0; i--) origin[g.statistic[i]!] = x[i]!;
  if (dependence === 'constant')
    zero.forEach((_, k) => {
      origin[k] = new Dual(constants.mean[k]!);
    });
  const from = (i: number) => x[i]!.minus(origin[g.statistic[i]!]!);
  const rest = dependence === 'centred' ? averages(from) : zero;
  const deviation = (i: number) => from(i).minus(rest[g.statistic[i]!]!);
  const rstd =
    dependence === 'constant'
      ? zero.map((_, k) => new Dual(constants.rstd[k]!))
      : averages((i) => deviation(i).times(deviation(i))).map((v) => v.plus(new Dual(eps)).rootReciprocal());
  let rate = 0;
  for (let i = 0; i < x.length; i++) {
    const p = g.parameter[i]!;
    let y = deviation(i).times(rstd[g.statistic[i]!]!);
    if (weight) y = y.times(weight[p]!);
    if (bias) y = y.plus(bias[p]!);
    rate += dy[i]! * y.rate;
  }
  return rate;
}
