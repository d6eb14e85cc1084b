// The charts of docs/: time against peers, and error against peers.
import * as Plot from '@observablehq/plot';
import { grid, logTicks } from '../../charts/axes.ts';
import { type Key, sheet, standalone } from '../../charts/sheet.ts';
import { colour } from '../../charts/theme.ts';
import type { Case } from '../cases.d.mts';
import { nanoseconds, offsetName, operationName } from './figures.mjs';

const COLOURS: Record<string, Parameters<typeof colour>[0]> = {
  normlayers: 'batch',
  copies: 'batch',
  'pure-js': 'none',
  'pure-js-f32': 'instance',
  tfjs: 'layer',
  onnxruntime: 'group',
  'jax-js': 'rms',
};

const fill = (key: string) => colour(COLOURS[key] ?? 'ink');

export interface Subject {
  readonly key: string;
  readonly name: string;
}

interface Timed {
  readonly spec: Case;
  readonly results: readonly { readonly subject: string; readonly status: string; readonly nanoseconds: number }[];
}

interface Climbed {
  readonly spec: Case;
  readonly results: readonly {
    readonly subject: string;
    readonly rungs: readonly { readonly offset: number; readonly error: number | null }[];
  }[];
}

const WIDTH = 960;

export function timeChart(cases: readonly Timed[], subjects: readonly Subject[]): string {
  const dots = cases.flatMap(({ spec, results }) =>
    results
      .filter(({ status }) => status === 'timed')
      .map(({ subject, nanoseconds: ns }) => ({ row: rowName(spec), pass: spec.pass, subject, ns })),
  );
  const range = [Math.min(...dots.map(({ ns }) => ns)) / 1.2, Math.max(...dots.map(({ ns }) => ns)) * 1.2];
  const panels = [
    { title: 'forward', of: dots.filter(({ pass }) => pass !== 'backward') },
    { title: 'backward (tfjs and jax-js: with their forward)', of: dots.filter(({ pass }) => pass === 'backward') },
  ].map(({ title, of }) => ({ title, options: timePanel(of, range) }));
  const rows = Math.max(...panels.map(({ options }) => options.y.domain.length));
  const names = subjects.map(({ key, name }): Key => ({ label: name, colour: fill(key), hollow: key === 'copies' }));
  const title = 'Nanoseconds per element; less is better';
  return standalone(
    title,
    sheet({ width: WIDTH, height: 20 * rows + 60, columns: 2, panels, legend: names, label: title }),
  );
}

const SHORT: Record<Case['op'], string> = {
  layerNorm: 'layer',
  rmsNorm: 'RMS',
  batchNorm: 'batch',
  instanceNorm: 'instance',
  groupNorm: 'group',
};

function rowName({ op, pass, shape, layout }: Case): string {
  const last = layout === 'channelsLast' ? ' last' : '';
  return `${SHORT[op]}${pass === 'eval' ? ' eval' : ''} ${shape.join('×')}${last}`;
}

interface Dot {
  readonly row: string;
  readonly subject: string;
  readonly ns: number;
}

function timePanel(dots: readonly Dot[], domain: readonly number[]) {
  const ticks = logTicks(domain);
  return {
    marginLeft: 196,
    x: {
      type: 'log',
      domain,
      ticks,
      tickFormat: (value: number) => String(value),
      label: 'ns per element, logarithmic',
    },
    y: { label: null, domain: [...new Set(dots.map(({ row }) => row))], tickSize: 0, padding: 1, type: 'point' },
    marks: [
      Plot.gridX({ ...grid, ticks }),
      Plot.ruleY(
        dots,
        Plot.groupY({ x1: 'min', x2: 'max' }, { x: 'ns', y: 'row', stroke: colour('rule'), strokeWidth: 2 }),
      ),
      Plot.dot(dots, {
        x: 'ns',
        y: 'row',
        r: 4,
        fill: ({ subject }: Dot) => (subject === 'copies' ? colour('paper') : fill(subject)),
        stroke: ({ subject }: Dot) => fill(subject),
        title: ({ row, subject, ns }: Dot) => `${row}, ${subject}: ${nanoseconds(ns)} ns`,
      }),
    ],
  } satisfies Plot.PlotOptions;
}

/** Errors beyond this, and what is not finite, stand at the upper edge. */
const CEILING = 3e7;

export function errorChart(
  cases: readonly Climbed[],
  subjects: readonly Subject[],
  offsets: readonly number[],
): string {
  const shown = cases.filter(({ spec }) => spec.layout === 'channelsFirst' && spec.pass !== 'eval');
  const panels = ['forward', 'backward'].flatMap((pass) =>
    shown
      .filter(({ spec }) => spec.pass === pass)
      .map((climbed, i) => ({
        title: `${operationName(climbed.spec.op)} ${pass}`,
        options: errorPanel(climbed, offsets, i === 0),
      })),
  );
  const title =
    'Largest error by offset of the data in spreads, in units of 2⁻²³ of its scale; less is better (upper edge: not finite)';
  const legend = subjects.map(({ key, name }): Key => ({ label: name, colour: fill(key) }));
  return standalone(title, sheet({ width: WIDTH, height: 200, columns: 5, panels, legend, label: title }));
}

interface Rung {
  readonly subject: string;
  readonly offset: string;
  readonly error: number;
}

const lines = (points: readonly Rung[], style: Plot.LineYOptions) =>
  Plot.line(points, {
    x: 'offset',
    y: 'error',
    z: 'subject',
    stroke: ({ subject }: Rung) => fill(subject),
    strokeWidth: 1.8,
    ...style,
  });

function errorPanel({ results }: Climbed, offsets: readonly number[], labelled: boolean) {
  const points: Rung[] = results.flatMap(({ subject, rungs }) =>
    rungs.map(({ offset, error }) => ({
      subject,
      offset: offsetName(offset),
      error: Math.min(error ?? CEILING, CEILING),
    })),
  );
  const ticks = [1, 1e2, 1e4, 1e6];
  const of = (...keys: string[]) => points.filter(({ subject }) => keys.includes(subject));
  const [ours, textbook] = [of('normlayers'), of('pure-js-f32')];
  const others = points.filter((point) => !ours.includes(point) && !textbook.includes(point));
  return {
    marginLeft: 34,
    x: {
      type: 'point',
      domain: offsets.map(offsetName),
      ticks: offsets.filter((_, i) => i % 2 === 0).map(offsetName),
      label: null,
      tickSize: 0,
    },
    y: { type: 'log', domain: [0.1, CEILING], ticks, tickFormat: labelled ? offsetName : () => '', label: null },
    marks: [
      Plot.gridY({ ...grid, ticks }),
      lines(others, {}),
      // The textbook runs where the peers do: dashes let them show.
      lines(textbook, { strokeDasharray: '2 4' }),
      lines(ours, { strokeWidth: 2.6 }),
    ],
  } satisfies Plot.PlotOptions;
}
