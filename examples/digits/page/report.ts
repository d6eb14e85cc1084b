// The report: one HTML file that needs nothing else, and each of its charts as a file of its own.
import { cpus } from 'node:os';
import { escapeHtml, standalone } from '../../../charts/sheet.ts';
import { type Claim, shown, type Table } from '../claims.ts';
import type { BatchNoise } from '../experiments/batch-noise.ts';
import type { Invariances } from '../experiments/invariances.ts';
import type { LearningRates } from '../experiments/learning-rates.ts';
import type { Predictability } from '../experiments/predictability.ts';
import type { Saturation } from '../experiments/saturation.ts';
import type { Speed } from '../experiments/speed.ts';
import { ratio } from '../format.ts';
import type { Digits } from '../images.ts';
import type { Settings } from '../settings.ts';
import * as noise from './charts/batch-noise.ts';
import * as scale from './charts/invariances.ts';
import * as rates from './charts/learning-rates.ts';
import * as probes from './charts/predictability.ts';
import * as tanh from './charts/saturation.ts';
import * as timing from './charts/speed.ts';
import type { Figure } from './figure.ts';
import { strip } from './strip.ts';
import { STYLE } from './style.ts';

export interface Results {
  readonly learningRates: LearningRates;
  readonly invariances: Invariances;
  readonly predictability: Predictability;
  readonly saturation: Saturation;
  readonly batchNoise: BatchNoise;
  readonly speed: Speed;
}

export type ClaimName = Exclude<keyof Results, 'speed'>;

export interface Findings {
  readonly data: Results;
  readonly claims: Readonly<Record<ClaimName, Claim>>;
  readonly tables: Readonly<Record<keyof Results, readonly Table[]>>;
  readonly settings: Settings;
  readonly digits: Digits;
  readonly seconds: number;
}

export interface Report {
  readonly html: string;
  readonly charts: readonly { readonly name: string; readonly svg: string }[];
}

const WIDE = 704;
const PHONE = 340;
const DIGITS = 22;

export function report(findings: Findings): Report {
  const { data, claims, tables } = findings;
  const figures: Record<keyof Results, Figure[]> = {
    learningRates: rates.figures(data.learningRates),
    invariances: scale.figures(data.invariances),
    predictability: probes.figures(data.predictability),
    saturation: tanh.figures(data.saturation),
    batchNoise: noise.figures(data.batchNoise),
    speed: timing.figures(data.speed),
  };
  const sections = (Object.keys(claims) as ClaimName[]).map((name, i) =>
    section(
      name,
      `${i + 1}. ${claims[name].title}`,
      claimBody(claims[name]),
      figures[name],
      tables[name],
      verdict(claims[name]),
    ),
  );
  const speed = section('speed', 'Speed', SPEED, figures.speed, tables.speed);
  return {
    html: page(findings, [...sections, speed].join('')),
    charts: Object.values(figures)
      .flat()
      .map(({ name, title, draw }) => ({ name, svg: standalone(title, draw(WIDE)) })),
  };
}

const SPEED =
  '<p>What the trainings above gain from WebAssembly, operation by operation. Both sides work on data that is in place, JavaScript in a thread of its own where no WebAssembly slows it, and a time is taken only after both have given the same result. A time is the best of several samples on either side: others on the machine only ever add to it.</p>';

function page({ digits, settings, seconds, claims, data }: Findings, body: string): string {
  const count = (n: number) => n.toLocaleString('en');
  const total = Object.keys(claims).length;
  const holding = Object.values(claims).filter(shown).length;
  const overview = Object.entries(claims).map(
    ([name, claim], i) =>
      `<li><a href="#${name}"><span class="number">${i + 1}</span><span class="name">${escapeHtml(claim.title)}</span>${verdict(claim)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>What normalization does, on real digits</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="label">normlayers</p>
<h1>What normalization does, on real digits</h1>
<p class="lede">Small nets in plain TypeScript, with every norm from normlayers, trained on ${count(digits.training.count)} handwritten digits. Five things that lectures say of normalization, each held against this run: ${holding === total ? `all ${total}` : `${holding} of ${total}`} are shown by it.${settings.quick ? ' This was a quick run: short trainings, coarse figures.' : ''}</p>
<div class="strip" style="--digits:url(${strip(digits.heldOut, DIGITS)})" role="img" aria-label="Some of the digits"></div>
<ol class="overview">${overview.join('')}<li><a href="#speed"><span class="number"></span><span class="name">Speed</span><span class="remark">${ratio(data.speed.mean)} times as fast as JavaScript</span></a></li></ol>
</header>
<main>${body}</main>
<footer>${count(digits.training.count)} images of MNIST to train on and ${count(digits.heldOut.count)} held out, in batches of ${settings.batch}; plain gradient descent, fixed seeds. The whole run took ${Math.round(seconds)} s on Node ${escapeHtml(process.versions.node)}, ${escapeHtml(cpus()[0]?.model.trim() ?? 'an unknown processor')}. Beside this file: the charts as SVG in <a href="charts/">charts/</a>, all figures in <a href="results.json">results.json</a>.</footer>
</body>
</html>
`;
}

function section(
  id: string,
  title: string,
  body: string,
  figures: readonly Figure[],
  tables: readonly Table[],
  remark = '',
): string {
  return `<section id="${id}"><div class="head"><h2>${escapeHtml(title)}</h2>${remark}</div>${body}${figures.map(figure).join('')}${tables.map(table).join('')}</section>`;
}

const verdict = (claim: Claim) =>
  shown(claim) ? '<span class="verdict shown">shown</span>' : '<span class="verdict open">not shown</span>';

const claimBody = ({ says, method, rule, parts }: Claim) =>
  `<blockquote>${prose(says)}</blockquote><p>${prose(method)}</p><p class="rule"><b>What counts as shown.</b> ${prose(rule)}</p><ul class="parts">${parts
    .map(
      ({ statement, holds, figures }) =>
        `<li class="${holds ? 'holds' : 'fails'}">${prose(statement)}<span class="figures">${prose(figures)}</span></li>`,
    )
    .join('')}</ul>`;

/** Text whose formulas stay in one line: browsers break after a slash. */
const prose = (text: string) =>
  escapeHtml(text).replace(
    /⟨[^⟩]*⟩|‖[^‖]*‖( \/ ‖[^‖]*‖)?|(a|eps) (&#62;|=) 0|\S*[∂/]\S*/g,
    (formula) => `<span class="formula">${formula}</span>`,
  );

const figure = ({ title, caption, draw }: Figure) =>
  `<figure><h3>${escapeHtml(title)}</h3><div class="wide">${draw(WIDE)}</div><div class="narrow">${draw(PHONE)}</div><figcaption>${prose(caption)}</figcaption></figure>`;

function table({ title, head, rows, note }: Table): string {
  const row = (cells: readonly string[]) => `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
  return `<details><summary>${prose(title)}</summary><div class="scroll"><table><thead><tr>${head.map((cell) => `<th scope="col">${prose(cell)}</th>`).join('')}</tr></thead><tbody>${rows.map(row).join('')}</tbody></table></div>${note ? `<p class="note">${prose(note)}</p>` : ''}</details>`;
}
