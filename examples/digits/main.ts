// What normalization does, shown on handwritten digits: five claims of the textbook, each held against this very run,
// then speed. Writes a report (one HTML file), its charts (SVG) and its figures (JSON). `--quick` does less of everything.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Claim, shown, type Table } from './claims.ts';
import { loadDigits } from './digits.ts';
import * as noise from './experiments/batch-noise.ts';
import type { Context } from './experiments/experiment.ts';
import * as scale from './experiments/invariances.ts';
import * as rates from './experiments/learning-rates.ts';
import * as probes from './experiments/predictability.ts';
import * as tanh from './experiments/saturation.ts';
import * as timing from './experiments/speed.ts';
import { type Options, parse } from './options.ts';
import { report } from './page/report.ts';
import { FULL, QUICK, SEEDS } from './settings.ts';
import { complain, heading, printClaim, printSummary, printTable, progress, say } from './terminal.ts';

const options = read(process.argv.slice(2));
const settings = options.quick ? QUICK : FULL;
const started = performance.now();

heading('Normalization on real digits');
const digits = loadDigits(settings.trainingImages, settings.heldOutImages, SEEDS.split);
say(
  `  ${digits.training.count.toLocaleString('en')} MNIST digits to train on, ${digits.heldOut.count.toLocaleString('en')} held out\n`,
);
const context: Context = { digits, settings, progress };

const { data: learningRates, networks } = rates.learningRates(context);
const invariances = scale.invariances(context);
const predictability = probes.predictability(context, rates.bestRun(learningRates, 'none').rate);
const saturation = tanh.saturation(context);
const batchNoise = noise.batchNoise(context, networks);
const speed = await timing.speed(context);
const seconds = (performance.now() - started) / 1000;

const claims = {
  learningRates: rates.claim(learningRates),
  invariances: scale.claim(invariances),
  predictability: probes.claim(predictability),
  saturation: tanh.claim(saturation),
  batchNoise: noise.claim(batchNoise),
};
const tables: Record<keyof typeof claims | 'speed', Table[]> = {
  learningRates: rates.tables(learningRates),
  invariances: scale.tables(invariances),
  predictability: probes.tables(predictability),
  saturation: tanh.tables(saturation),
  batchNoise: noise.tables(batchNoise),
  speed: timing.tables(speed),
};
const data = { learningRates, invariances, predictability, saturation, batchNoise, speed };

const numbered = Object.entries(claims) as [keyof typeof claims, Claim][];
for (const [i, [name, claim]] of numbered.entries()) {
  heading(`${i + 1}. ${claim.title}`);
  printClaim(claim);
  for (const table of tables[name]) printTable(table);
}
const { html, charts } = report({ data, claims, tables, settings, digits, seconds });
mkdirSync(join(options.out, 'charts'), { recursive: true });
const page = join(options.out, 'index.html');
writeFileSync(page, html);
for (const { name, svg } of charts) writeFileSync(join(options.out, 'charts', `${name}.svg`), svg);
const verdicts = Object.fromEntries(numbered.map(([name, claim]) => [name, { shown: shown(claim), ...claim }]));
writeFileSync(
  join(options.out, 'results.json'),
  `${JSON.stringify({ settings, seconds, claims: verdicts, data }, null, 1)}\n`,
);

heading('Summary');
for (const [i, [, claim]] of numbered.entries()) printSummary(i + 1, claim);
say(`  Speed: ${timing.summary(speed)}`);
const holding = numbered.filter(([, claim]) => shown(claim)).length;
say(`\n  ${holding} of ${numbered.length} claims shown, in ${seconds.toFixed(0)} s`);
say(`  Report: ${relative('', page)}   (charts as SVG and the figures as JSON beside it)`);

function read(args: readonly string[]): Options {
  try {
    return parse(args);
  } catch (error) {
    complain((error as Error).message);
    process.exit(2);
  }
}
