// The worker that trains, so that the page stays free: it takes turns between training and listening.
import { createRuntime, isSupported } from 'normlayers';
import { type Digits, type Moments, PIXELS, standardise } from '../../../examples/digits/images.ts';
import { decode } from '../digits/file.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { Trainer } from './trainer.ts';

/** Milliseconds from one report to the next. */
const TURN = 90;

let trainer: Trainer | null = null;
let digits: Digits | null = null;
let moments: Moments = { mean: 0, deviation: 1 };
let running = false;
let turning = false;
let looked = 0;
let due = false;
const given = new Array<number>(10).fill(-1);

const tell = (message: FromWorker) => self.postMessage(message);

function report(): void {
  due = false;
  if (trainer) tell({ type: 'report', running, look: looked, nets: trainer.report() });
}

/** One report for all that comes within a moment: a pen asks more often than nets can answer. */
function reportSoon(): void {
  if (!due) setTimeout(() => due && report());
  due = true;
}

// Messages are handled in the order in which they came, also while the digits are being loaded.
let handled = Promise.resolve();
self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  handled = handled
    .then(() => handle(data))
    .catch((error: unknown) => {
      running = false;
      tell({ type: 'failed', reason: String((error as Error)?.message ?? error) });
    });
};

async function handle(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'load':
      return load(message.digits);
    case 'choose':
      trainer?.choose(message.choice);
      return reportSoon();
    case 'reset':
      trainer?.reset();
      return reportSoon();
    case 'look':
      trainer?.look(message.image?.map((ink) => (ink - moments.mean) / moments.deviation) ?? null);
      looked = message.look;
      return reportSoon();
    case 'run':
      running = message.running;
      if (running && !turning) turn();
      return reportSoon();
    case 'sample':
      return sample(message.digit);
  }
}

async function load(url: string): Promise<void> {
  if (!isSupported()) return tell({ type: 'unsupported', reason: why() });
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`The digits could not be loaded (${response.status})`);
  const unpacked = response.body.pipeThrough(new DecompressionStream('gzip'));
  digits = decode(new Uint8Array(await new Response(unpacked).arrayBuffer()));
  moments = standardise(digits);
  trainer = new Trainer(digits);
  tell({ type: 'loaded', training: digits.training.count, heldOut: digits.heldOut.count });
}

/** The library's own words for what is missing, and the cure. */
function why(): string {
  try {
    createRuntime().dispose();
    return 'WebAssembly with SIMD is missing here';
  } catch (error) {
    return (error as Error).message;
  }
}

function turn(): void {
  turning = running;
  if (!running || !trainer) return;
  const end = performance.now() + TURN;
  while (running && performance.now() < end) running = trainer.advance();
  report();
  setTimeout(turn);
}

/** The held-out images of a digit one after the other. */
function sample(digit: number): void {
  if (!digits) return;
  const { heldOut } = digits;
  let at = given[digit]!;
  do at = (at + 1) % heldOut.count;
  while (heldOut.labels[at] !== digit);
  given[digit] = at;
  const { mean, deviation } = moments;
  // Rounding leaves paper a little below 0, which a canvas does not take for an opacity.
  const inkOf = (value: number) => Math.min(Math.max(value * deviation + mean, 0), 1);
  const image = heldOut.pixels.slice(at * PIXELS, (at + 1) * PIXELS).map(inkOf);
  tell({ type: 'sample', digit, image });
}
