// The two nets of the experiments, each with any norm between its linear maps and its activations.
import { CLASSES, PIXELS, SIDE } from '../images.ts';
import { random } from '../random.ts';
import { Relu, Tanh } from './activation.ts';
import { Convolution } from './convolution.ts';
import { Linear } from './linear.ts';
import { Network } from './network.ts';
import { type NormKind, norm } from './norm.ts';

/** Shapes of what is normalized, for one image. */
export const STAGES = [
  [8, SIDE / 2, SIDE / 2],
  [8, SIDE / 4, SIDE / 4],
  [16, 4, 4],
] as const;

/** Three convolutions with stride 2 under ReLU, then a linear classifier; weights as He et al. (2015) have them. */
export function convolutional(kind: NormKind, seed: number): Network {
  const source = random(seed);
  const bias = kind === 'none';
  const [a, b, c] = STAGES;
  const options = { kernel: 3, stride: 2, padding: 1, gain: Math.SQRT2, bias };
  return new Network([
    new Convolution(1, a[0], source, { ...options, first: true }),
    ...norm(kind, a),
    new Relu(),
    new Convolution(a[0], b[0], source, options),
    ...norm(kind, b),
    new Relu(),
    new Convolution(b[0], c[0], source, options),
    ...norm(kind, c),
    new Relu(),
    new Linear(c[0] * c[1] * c[2], CLASSES, source, { gain: 1, bias: true }),
  ]);
}

export const TANH_DEPTH = 8;
export const TANH_WIDTH = 64;

/** Many tanh layers, in which both too small and too large initial weights do harm. */
export function deepTanh(kind: NormKind, gain: number, seed: number): Network {
  const source = random(seed);
  const bias = kind === 'none';
  const hidden = Array.from({ length: TANH_DEPTH }, (_, depth) => [
    new Linear(depth === 0 ? PIXELS : TANH_WIDTH, TANH_WIDTH, source, { gain, bias, first: depth === 0 }),
    ...norm(kind, [TANH_WIDTH]),
    new Tanh(),
  ]);
  return new Network([...hidden.flat(), new Linear(TANH_WIDTH, CLASSES, source, { gain: 1, bias: true })]);
}
