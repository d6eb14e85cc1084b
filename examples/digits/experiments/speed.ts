// What WebAssembly brings: each operation against the same operation in JavaScript alone, on the shapes of the nets
// trained here and on those of the benchmark. A time is taken only after both have given the same result.
import { type Case, cases, label } from '../../../bench/cases.mjs';
import { inputs } from '../../../bench/inputs.mjs';
import { sample } from '../../../bench/sample.mjs';
import normlayers from '../../../bench/subjects/normlayers.mjs';
import type { Table } from '../claims.ts';
import { ratio } from '../format.ts';
import { STAGES } from '../nets/architectures.ts';
import { CHANNELS_PER_GROUP } from '../nets/norm.ts';
import type { Context } from './experiment.ts';
import { type Outputs, SubjectThread } from './thread.ts';

export interface Timing {
  /** `group bwd 8×56×56×64 nhwc g32`; the same in charts, captions and tables. */
  readonly name: string;
  /** The same without the pass. */
  readonly subject: string;
  readonly op: Case['op'];
  readonly pass: Case['pass'];
  readonly shape: readonly number[];
  readonly layout: Case['layout'];
  readonly ofTheNet: boolean;
  /** Nanoseconds for each element of x, the best of several samples: others on the machine only ever add to a time. */
  readonly wasm: number;
  readonly js: number;
  readonly speedup: number;
  /** Greatest difference of the two results, over the greatest value. */
  readonly difference: number;
}

export interface Speed {
  readonly timings: readonly Timing[];
  /** Geometric mean of the speedups. */
  readonly mean: number;
}

const ROUNDS = 5;
const AGREE = 1e-4;

/** The norms of the convolutional net, at the batch it was trained with. */
function netCases(batch: number): Case[] {
  return STAGES.flatMap((stage) => {
    const shape = [batch, ...stage];
    const of = (op: Case['op'], more: Partial<Case> = {}) =>
      (['forward', 'backward'] as const).map(
        (pass): Case => ({ op, pass, shape, layout: 'channelsFirst', eps: 1e-5, ...more }),
      );
    return [
      ...of('batchNorm'),
      ...of('layerNorm', { normalizedAxes: 3 }),
      ...of('rmsNorm', { normalizedAxes: 3 }),
      ...of('instanceNorm'),
      ...of('groupNorm', { groups: stage[0] / CHANNELS_PER_GROUP }),
    ];
  });
}

export async function speed({ settings, progress }: Context): Promise<Speed> {
  const ofTheNet = netCases(settings.batch);
  const all = [...ofTheNet, ...cases].filter(({ shape }) => size(shape) <= settings.largestCase);
  const bar = progress('Timing against pure JavaScript', all.length);
  const javaScript = new SubjectThread('./subjects/pure-js.mjs');
  const timings: Timing[] = [];
  for (const spec of all) {
    timings.push({ ...(await time(spec, javaScript, settings.timing)), ofTheNet: ofTheNet.includes(spec) });
    bar.advance();
  }
  await javaScript.close();
  bar.done();
  return { timings, mean: geometricMean(timings) };
}

/** Each side gets about `budget` milliseconds, JavaScript more of it: it takes longer to compile and to run. */
async function time(spec: Case, javaScript: SubjectThread, budget: number): Promise<Omit<Timing, 'ofTheNet'>> {
  const expected = await javaScript.prepare(spec);
  const ours = await normlayers.prepare(spec, inputs(spec));
  ours.run();
  const difference = greatestDifference(ours.outputs(), expected);
  if (!(difference < AGREE)) throw new Error(`${label(spec)}: results differ by ${difference}`);
  // The compilers of V8 are done by the end of the warm-up, which is not counted.
  await javaScript.sample(budget / 2);
  sample(ours.run, budget / 4);
  let [wasm, js] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round += 1) {
    js = Math.min(js, await javaScript.sample(budget / ROUNDS));
    wasm = Math.min(wasm, sample(ours.run, budget / ROUNDS / 2));
  }
  ours.dispose();
  const perElement = (ms: number) => (ms * 1e6) / size(spec.shape);
  const { op, pass, shape, layout } = spec;
  return {
    ...named(spec),
    op,
    pass,
    shape,
    layout,
    difference,
    wasm: perElement(wasm),
    js: perElement(js),
    speedup: js / wasm,
  };
}

function greatestDifference(got: Outputs, want: Outputs): number {
  return Math.max(
    ...Object.entries(want).map(([name, expected]) => {
      const actual = got[name] ?? null;
      if (expected === null || actual === null) return expected === actual ? 0 : Number.POSITIVE_INFINITY;
      let scale = 0;
      let worst = 0;
      for (let i = 0; i < expected.length; i += 1) {
        const difference = Math.abs(actual[i]! - expected[i]!);
        if (!(difference <= worst)) worst = difference;
        scale = Math.max(scale, Math.abs(expected[i]!));
      }
      return worst / scale;
    }),
  );
}

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

const OPS = { layerNorm: 'layer', rmsNorm: 'RMS', batchNorm: 'batch', instanceNorm: 'instance', groupNorm: 'group' };
export const PASSES = { forward: 'fwd', eval: 'eval', backward: 'bwd' } as const;

function named({ op, pass, shape, layout, groups }: Case): Pick<Timing, 'name' | 'subject'> {
  const what = [shape.join('×'), layout === 'channelsLast' && 'nhwc', groups && `g${groups}`].filter(Boolean).join(' ');
  return { name: `${OPS[op]} ${PASSES[pass]} ${what}`, subject: `${OPS[op]} ${what}` };
}

export const geometricMean = (timings: readonly Timing[]) =>
  Math.exp(timings.reduce((sum, { speedup }) => sum + Math.log(speedup), 0) / timings.length);

/** The whole of it in one line. */
export function summary({ timings, mean }: Speed): string {
  const speedups = timings.map(({ speedup }) => speedup);
  return `${ratio(mean)} times as fast as pure JavaScript (geometric mean over ${timings.length} cases, from ${ratio(Math.min(...speedups))} to ${ratio(Math.max(...speedups))})`;
}

export function tables({ timings }: Speed): Table[] {
  const table = (title: string, of: readonly Timing[]) => ({
    title: `${title}: nanoseconds for each element of x, and times as fast (×)`,
    head: ['', 'wasm', 'JS', '×'],
    rows: of.map((t) => [t.name, t.wasm.toFixed(2), t.js.toFixed(2), ratio(t.speedup)]),
    note: 'fwd, bwd: forward and backward in training; eval: forward in evaluation. nhwc: channels last; g32: 32 groups.',
  });
  return [
    table(
      'Shapes of the net',
      timings.filter(({ ofTheNet }) => ofTheNet),
    ),
    table(
      'Shapes of the benchmark',
      timings.filter(({ ofTheNet }) => !ofTheNet),
    ),
  ].filter(({ rows }) => rows.length > 0);
}
