// The example on real digits: its nets have the gradients they should, and `npm start -- --quick` runs to its end,
// holds every claim against figures, and writes a report that stands alone.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { empty } from 'normlayers';
import { convolutional, deepTanh } from '../examples/digits/nets/architectures.ts';
import type { Network } from '../examples/digits/nets/network.ts';
import { random } from '../examples/digits/random.ts';

describe('the gradient of the whole net agrees with the loss along it', () => {
  const nets: [string, () => Network][] = [
    ...(['none', 'batch', 'layer', 'instance', 'group', 'rms'] as const).map((norm): [string, () => Network] => [
      `convolutional, ${norm}`,
      () => convolutional(norm, 1),
    ]),
    ...(['none', 'batch', 'layer'] as const).map((norm): [string, () => Network] => [
      `deep tanh, ${norm}`,
      () => deepTanh(norm, 1, 1),
    ]),
  ];

  test.each(nets)('%s', (_, make) => {
    const network = make();
    const { normal, integer } = random(7);
    const x = empty([24, 1, 28, 28]);
    const labels = Uint8Array.from({ length: 24 }, () => integer(10));
    for (let i = 0; i < x.size; i += 1) x.data[i] = normal();

    network.gradient(x, labels, 'probe');
    const weights = network.weights();
    const start = weights.map(({ values }) => values.slice());
    const gradient = weights.map(({ grad }) => grad.slice());
    const squares = gradient.flatMap((g) => [...g]).reduce((sum, g) => sum + g * g, 0);
    const lossAt = (way: number) => {
      for (const [k, { values }] of weights.entries()) {
        values.set(start[k]!.map((value, i) => value + (way / Math.sqrt(squares)) * gradient[k]![i]!));
      }
      return network.loss(x, labels, 'observe').loss;
    };
    // Richardson: the error of the central difference falls as the fourth power of the step.
    const central = (h: number) => (lossAt(h) - lossAt(-h)) / (2 * h);
    const slope = (4 * central(1e-3) - central(2e-3)) / 3;
    expect(slope / Math.sqrt(squares)).toBeCloseTo(1, 2);

    network.dispose();
    x.dispose();
  });
});

describe('npm start -- --quick', () => {
  const out = mkdtempSync(join(tmpdir(), 'normlayers-digits-'));
  const read = (name: string) => readFileSync(join(out, name), 'utf8');
  let job: ReturnType<typeof spawnSync>;

  beforeAll(() => {
    job = spawnSync(process.execPath, ['scripts/start.mjs', '--quick', '--out', out], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
  }, 240_000);

  afterAll(() => rmSync(out, { recursive: true, force: true }));

  test('succeeds, quietly where there is no terminal, and tells where the report is', () => {
    expect(job.stderr).toBe('');
    expect(job.status).toBe(0);
    expect(job.stdout).toMatch(/Report: .*index\.html/);
    for (const control of ['\r', '\u001b']) expect(job.stdout).not.toContain(control);
  });

  test('holds each of the five claims against figures', () => {
    const { claims } = JSON.parse(read('results.json'));
    const names = ['learningRates', 'invariances', 'predictability', 'saturation', 'batchNoise'];
    expect(Object.keys(claims)).toEqual(names);
    for (const { shown, title, summary, parts } of Object.values<Claim>(claims)) {
      expect(summary).toMatch(/\d/);
      expect(job.stdout).toContain(`${shown ? '✓ shown' : '✗ not shown'}  `);
      expect(job.stdout).toContain(`${title}: ${summary}\n`);
      expect(parts.length).toBeGreaterThan(0);
      for (const { figures } of parts) expect(figures).toMatch(/\d/);
      expect(shown).toBe(parts.every(({ holds }) => holds));
    }
    // RMS norm is told beside the norms of the claim, pass or fail.
    for (const { figures } of claims.learningRates.parts)
      expect(figures).toMatch(/RMS norm: .*, which (holds too|fails)$/);
    // Two are theorems, which no length of training can fail.
    expect(claims.invariances.shown).toBe(true);
    expect(claims.batchNoise.shown).toBe(true);
  });

  test('measures everything in finite numbers', () => {
    const { data } = JSON.parse(read('results.json'));
    const numbers: number[] = [];
    // What is not finite becomes null in JSON.
    JSON.stringify(data, (key, value) => {
      if (value === null) throw new Error(`"${key}" is not a finite number`);
      if (typeof value === 'number') numbers.push(value);
      return value;
    });
    expect(numbers.length).toBeGreaterThan(1000);
  });

  test('times only operations whose results agree with JavaScript', () => {
    const { timings } = JSON.parse(read('results.json')).data.speed;
    expect(timings.length).toBeGreaterThan(30);
    expect(job.stdout).toMatch(new RegExp(`Speed: \\d+\\.\\d times as fast .* over ${timings.length} cases`));
    const html = read('index.html');
    for (const { difference, wasm, js, name, subject } of timings) {
      // A row of the table, and of the chart.
      expect(html).toContain(`<td>${name}</td><td>${wasm.toFixed(2)}</td><td>${js.toFixed(2)}</td>`);
      expect(html).toContain(`>${subject}</text>`);
      expect(difference).toBeLessThan(1e-4);
      expect(Math.min(wasm, js)).toBeGreaterThan(0);
    }
  });

  test('writes one HTML file that needs no network, with every chart in it', () => {
    const html = read('index.html');
    const charts = readdirSync(join(out, 'charts'));
    expect(html).not.toMatch(/<script|<link|<iframe|<img|@import|NaN|undefined/);
    const addresses = [...html.matchAll(/(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]+[^"' )]*/g)].map(([address]) => address);
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg']));
    for (const [, target] of html.matchAll(/url\(([^)]*)\)/g)) expect(target).toMatch(/^data:image\/png;base64,/);
    expect(html.match(/What counts as shown\./g)).toHaveLength(5);
    expect(html.match(/<figure>/g)).toHaveLength(charts.length);
  });

  test('writes each chart as SVG with its own colours, light and dark', () => {
    const charts = readdirSync(join(out, 'charts'));
    expect(charts.length).toBeGreaterThanOrEqual(9);
    for (const name of charts) {
      expect(name).toMatch(/\.svg$/);
      const svg = read(join('charts', name));
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(svg).toContain('prefers-color-scheme:dark');
      expect(svg).toMatch(/<path|<line|<circle/);
      expect(svg).not.toMatch(/NaN|undefined/);
    }
  });
});

describe('an option that there is not', () => {
  test.each([
    ['--quik', "Unknown option '--quik'"],
    ['slow', "Unexpected argument 'slow'"],
  ])(
    '%s ends the run before it begins, with one line that names those there are',
    (option, problem) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/start.mjs', option], {
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '' },
      });
      expect(status).toBe(2);
      expect(stderr).toBe(
        `${problem}; there are --quick (less of everything) and --out FOLDER (where the report goes)\n`,
      );
      expect(stdout).not.toContain('Training');
    },
    240_000,
  );
});

interface Claim {
  title: string;
  summary: string;
  shown: boolean;
  parts: { holds: boolean; figures: string }[];
}
