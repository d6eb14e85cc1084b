// Softmax and cross-entropy over a batch of logits.
import type { Tensor } from 'normlayers';

export interface Loss {
  /** Mean over the batch. */
  loss: number;
  /** How many of the batch have their greatest logit at the label. */
  correct: number;
}

/** Writes the gradient of the mean loss into `dlogits` when it is given. */
export function crossEntropy(logits: Tensor, labels: Uint8Array, dlogits?: Tensor): Loss {
  const [batch, classes] = logits.shape as [number, number];
  const z = logits.data;
  const dz = dlogits?.data;
  let loss = 0;
  let correct = 0;
  for (let n = 0; n < batch; n += 1) {
    const from = n * classes;
    const label = from + labels[n]!;
    let best = from;
    for (let i = from + 1; i < from + classes; i += 1) if (z[i]! > z[best]!) best = i;
    let total = 0;
    for (let i = from; i < from + classes; i += 1) total += Math.exp(z[i]! - z[best]!);
    loss += Math.log(total) - (z[label]! - z[best]!);
    if (best === label) correct += 1;
    if (!dz) continue;
    for (let i = from; i < from + classes; i += 1) {
      dz[i] = (Math.exp(z[i]! - z[best]!) / total - (i === label ? 1 : 0)) / batch;
    }
  }
  return { loss: loss / batch, correct };
}
