// Training as all experiments do it: seeded batches, plain gradient descent, accuracy on images that were held out.
import { empty, type Tensor } from 'normlayers';
import { batches, gather, type Images, SIDE } from './images.ts';
import type { Loss } from './nets/loss.ts';
import type { Network } from './nets/network.ts';
import { random } from './random.ts';

/** Images in linear memory, where the layers read them. */
export class Batch {
  readonly x: Tensor;
  readonly labels: Uint8Array;

  constructor(size: number) {
    this.x = empty([size, 1, SIDE, SIDE]);
    this.labels = new Uint8Array(size);
  }

  fill(images: Images, chosen: ArrayLike<number>): this {
    gather(images, chosen, this.x.data, this.labels);
    return this;
  }

  dispose(): void {
    this.x.dispose();
  }
}

export interface TrainOptions {
  images: Images;
  steps: number;
  batch: number;
  rate: number;
  seed: number;
  /** Before each step, with the batch about to be learnt. */
  before?(step: number, batch: Batch): void;
  /** After each step, with the loss before it; training ends when it says false. */
  after?(loss: Loss): boolean;
}

export function train(network: Network, { images, steps, batch: size, rate, seed, before, after }: TrainOptions): void {
  const batch = new Batch(size);
  const source = batches(images.count, size, random(seed));
  for (let step = 0; step < steps; step += 1) {
    batch.fill(images, source.next().value);
    before?.(step, batch);
    const loss = network.gradient(batch.x, batch.labels, 'train');
    network.step(rate);
    if (after?.(loss) === false) break;
  }
  batch.dispose();
}

/** Share of images whose digit the network tells, with running statistics where a norm has them. */
export function accuracy(network: Network, images: Images, size: number): number {
  const batch = new Batch(size);
  let correct = 0;
  for (let from = 0; from + size <= images.count; from += size) {
    const chosen = Array.from({ length: size }, (_, i) => from + i);
    batch.fill(images, chosen);
    correct += network.loss(batch.x, batch.labels, 'eval').correct;
  }
  batch.dispose();
  return correct / (images.count - (images.count % size));
}
