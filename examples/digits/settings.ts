// How much of everything a run does: sizes follow from the time a run may take, the rates span three decades
// around the usual one.

export interface Settings {
  readonly quick: boolean;
  readonly trainingImages: number;
  readonly heldOutImages: number;
  readonly batch: number;
  readonly rates: readonly number[];
  /** Steps of every training run of the first experiment. */
  readonly steps: number;
  /** Steps of the run on which loss and gradient are probed, and how many steps lie between two probes. */
  readonly probedSteps: number;
  readonly probeEvery: number;
  readonly tanhSteps: number;
  /** Random batches in which one example is seen. */
  readonly draws: number;
  readonly noiseBatches: readonly number[];
  /** Milliseconds for each side of each timed case. */
  readonly timing: number;
  /** Cases of more elements are not timed. */
  readonly largestCase: number;
}

export const FULL: Settings = {
  quick: false,
  trainingImages: 8000,
  heldOutImages: 2000,
  batch: 32,
  rates: [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
  steps: 160,
  probedSteps: 160,
  probeEvery: 4,
  tanhSteps: 120,
  draws: 60,
  noiseBatches: [4, 8, 16, 32, 64, 128],
  timing: 80,
  largestCase: 10_000_000,
};

export const QUICK: Settings = {
  quick: true,
  trainingImages: 2000,
  heldOutImages: 512,
  batch: 32,
  rates: [0.1, 1, 10],
  steps: 40,
  probedSteps: 20,
  probeEvery: 4,
  tanhSteps: 20,
  draws: 20,
  noiseBatches: [4, 16, 64],
  timing: 20,
  largestCase: 500_000,
};

/** The rate at which experiments train that are not about rates. */
export const USUAL_RATE = 0.1;

export const SEEDS = { split: 1, weights: 2, batches: 3, probes: 4 };
