// Claim 2: batch norm does not see the scale of the weights before it. For a > 0, BN((aW)u) = BN(Wu), and so
// ∂BN((aW)u)/∂u = ∂BN(Wu)/∂u and ∂BN((aW)u)/∂(aW) = (1/a)·∂BN(Wu)/∂W; for −a the output and ∂/∂u change sign.
// Real digits u go through a linear layer and the functional batch norm; eps is 0, or eps·a² for the weights aW.
import { batchNormBackward, batchNormForward, empty, type Tensor, tensor } from 'normlayers';
import type { Claim, Table } from '../claims.ts';
import { figure, minus } from '../format.ts';
import { PIXELS } from '../images.ts';
import { normal } from '../nets/linear.ts';
import { matmul } from '../nets/matmul.ts';
import { random } from '../random.ts';
import { SEEDS } from '../settings.ts';
import type { Context } from './experiment.ts';

export interface Scaling {
  readonly a: number;
  /** How eps was chosen. */
  readonly eps: 'zero' | 'scaled';
  /** ‖measured − expected‖ / ‖expected‖ */
  readonly output: number;
  readonly byInput: number;
  readonly byWeight: number;
  /** |⟨W, ∂L/∂W⟩| / (‖W‖·‖∂L/∂W‖) */
  readonly radial: number;
  readonly norms: { readonly byInput: number; readonly byWeight: number };
  /** The norms of the same two gradients of the linear layer alone. */
  readonly plain: { readonly byInput: number; readonly byWeight: number };
}

export interface Invariances {
  readonly images: number;
  readonly features: number;
  readonly tolerance: number;
  readonly scalings: readonly Scaling[];
}

const IMAGES = 64;
const FEATURES = 32;
const EPS = 1e-5;
const FACTORS = [0.001, 0.03, 0.3, 3, 30, 1000];
/** Single precision over sums of hundreds of terms leaves some 1e-7 to 1e-6. */
const TOLERANCE = 1e-5;

export function invariances({ digits, progress }: Context): Invariances {
  const source = random(SEEDS.probes);
  const u = digits.training.pixels.subarray(0, IMAGES * PIXELS);
  const W = normal(FEATURES * PIXELS, 1 / Math.sqrt(PIXELS), source);
  const dy = tensor(normal(IMAGES * FEATURES, 1, source), [IMAGES, FEATURES]);
  const bar = progress('Scaling the weights', 4 * FACTORS.length);
  const scalings: Scaling[] = [];
  for (const eps of ['zero', 'scaled'] as const) {
    const base = gradients(u, W, dy, eps === 'zero' ? 0 : EPS);
    for (const a of [...FACTORS, ...FACTORS.map((factor) => -factor)]) {
      const aW = W.map((w) => a * w);
      const scaled = gradients(u, aW, dy, eps === 'zero' ? 0 : EPS * a * a);
      const sign = Math.sign(a);
      scalings.push({
        a,
        eps,
        output: distance(scaled.y, base.y, sign),
        byInput: distance(scaled.du, base.du, sign),
        byWeight: distance(scaled.dW, base.dW, 1 / Math.abs(a)),
        radial: Math.abs(dot(aW, scaled.dW)) / (length(aW) * length(scaled.dW)),
        norms: { byInput: length(scaled.du), byWeight: length(scaled.dW) },
        plain: linearGradients(u, aW, dy),
      });
      bar.advance();
    }
  }
  bar.done();
  dy.dispose();
  return { images: IMAGES, features: FEATURES, tolerance: TOLERANCE, scalings };
}

/** L = ⟨dy, BN(Wu)⟩, through the public functional form. */
function gradients(u: Float32Array, W: Float32Array, dy: Tensor, eps: number) {
  const x = empty([IMAGES, FEATURES]);
  linear(u, W, x.data);
  const { y, saved } = batchNormForward(x, { eps });
  const { dx } = batchNormBackward(dy, x, { eps, mean: saved.mean!, rstd: saved.rstd });
  const result = { y: y.toTypedArray(), ...chain(u, W, dx!.data) };
  for (const made of [x, y, saved, dx!]) made.dispose();
  return result;
}

function linearGradients(u: Float32Array, W: Float32Array, dy: Tensor) {
  const { du, dW } = chain(u, W, dy.data);
  return { byInput: length(du), byWeight: length(dW) };
}

/** x = u·Wᵀ, [images, features]. */
function linear(u: Float32Array, W: Float32Array, x: Float32Array): void {
  matmul(IMAGES, FEATURES, PIXELS, rows(u, PIXELS), columns(W, PIXELS), rows(x, FEATURES), false);
}

/** The gradients by u and W that follow from the one by x. */
function chain(u: Float32Array, W: Float32Array, dx: Float32Array) {
  const du = new Float32Array(u.length);
  const dW = new Float32Array(W.length);
  matmul(IMAGES, PIXELS, FEATURES, rows(dx, FEATURES), rows(W, PIXELS), rows(du, PIXELS), false);
  matmul(FEATURES, PIXELS, IMAGES, columns(dx, FEATURES), rows(u, PIXELS), rows(dW, PIXELS), false);
  return { du, dW };
}

const rows = (data: Float32Array, row: number) => ({ data, offset: 0, row, column: 1 });
const columns = (data: Float32Array, column: number) => ({ data, offset: 0, row: 1, column });

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}

const length = (a: Float32Array) => Math.sqrt(dot(a, a));

/** ‖got − factor·base‖ / ‖factor·base‖ */
function distance(got: Float32Array, base: Float32Array, factor: number): number {
  let squares = 0;
  for (let i = 0; i < got.length; i += 1) squares += (got[i]! - factor * base[i]!) ** 2;
  return Math.sqrt(squares) / (Math.abs(factor) * length(base));
}

const worst = (scalings: readonly Scaling[], value: (scaling: Scaling) => number) => Math.max(...scalings.map(value));

export function claim({ scalings, tolerance, images, features }: Invariances): Claim {
  const positive = scalings.filter(({ a }) => a > 0);
  const negative = scalings.filter(({ a }) => a < 0);
  const part = (statement: string, of: readonly Scaling[], value: (scaling: Scaling) => number) => ({
    statement,
    holds: worst(of, value) < tolerance,
    figures: `greatest relative error ${figure(worst(of, value))}`,
  });
  return {
    title: 'Invariance to the scale of the weights',
    says: 'For a > 0, ∂BN((aW)u)/∂u = ∂BN(Wu)/∂u and ∂BN((aW)u)/∂(aW) = (1/a)·∂BN(Wu)/∂W: larger weights lead to smaller gradients, and growth stabilises itself.',
    method: `${images} digits u go through a linear layer of ${features} features and batch norm, with weights aW for factors a from 1/1000 to 1000, once with eps = 0 and once with eps growing as a², from ${figure(EPS, 2)} at a = 1.`,
    rule: `An identity holds when its relative error, ‖measured − expected‖ / ‖expected‖, stays below ${figure(tolerance, 2)} for every factor and both eps. In single precision sums of hundreds of terms leave some 10⁻⁷ to 10⁻⁶; the bar is the next power of ten.`,
    summary: `relative errors of at most ${figure(worst(scalings, (s) => Math.max(s.output, s.byInput, s.byWeight, s.radial)))}, factors from 1/1000 to 1000 and their negatives`,
    parts: [
      part('∂BN((aW)u)/∂u = ∂BN(Wu)/∂u for a > 0', positive, ({ byInput }) => byInput),
      part('∂BN((aW)u)/∂(aW) = (1/a)·∂BN(Wu)/∂W for a > 0', positive, ({ byWeight }) => byWeight),
      part('For −a the output and ∂/∂u change sign, ∂/∂(aW) is that of |a|', negative, (s) =>
        Math.max(s.output, s.byInput, s.byWeight),
      ),
      part('So ⟨W, ∂L/∂W⟩ = 0', scalings, ({ radial }) => radial),
    ],
  };
}

export function tables({ scalings, images }: Invariances): Table[] {
  const table = (eps: Scaling['eps'], of: string, more = '') => ({
    title: `Relative errors of the identities, ${images} digits, ${of}`,
    head: ['a', 'BN((aW)u)', '∂/∂u', '∂/∂(aW)', '⟨W, ∂L/∂W⟩'],
    rows: scalings
      .filter((scaling) => scaling.eps === eps)
      .map((s) => [minus(String(s.a)), figure(s.output), figure(s.byInput), figure(s.byWeight), figure(s.radial)]),
    note: `For −a the output and ∂/∂u are held against those of W with the sign changed.${more}`,
  });
  return [
    table('zero', 'eps = 0'),
    table(
      'scaled',
      `eps = ${figure(EPS, 2)}·a²`,
      ' With eps > 0, ⟨W, ∂L/∂W⟩ is 0 up to the order of eps over the variance.',
    ),
  ];
}
