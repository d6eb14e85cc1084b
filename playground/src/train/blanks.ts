// What is shown of the chosen nets until the worker has made them, so that nothing moves when it has.
import { STAGES, TANH_DEPTH } from '../../../examples/digits/nets/architectures.ts';
import { BINS, type Choice, type NetState } from './protocol.ts';

export function blanks({ net, norms }: Choice): NetState[] {
  const layers = Array.from({ length: net === 'convolutions' ? STAGES.length : TANH_DEPTH }, () => ({
    histogram: new Array<number>(BINS).fill(0),
    gradient: null,
  }));
  return norms.map((norm) => ({
    id: 0,
    norm,
    step: 0,
    losses: [],
    gradients: [],
    accuracy: null,
    diverged: false,
    layers,
    probabilities: null,
  }));
}
