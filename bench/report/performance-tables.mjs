// The measured parts of docs/performance.md, and the short table of README.
import { slowdown } from '../rounds.mjs';
import { caseName, nanoseconds, percent, relative, times, units } from './figures.mjs';
import { table } from './markdown.mjs';
import { origin, rounds } from './origin.mjs';

export function performanceTables(node, browsers, subjects) {
  return {
    machine: machine(node, subjects),
    summary: summary([node, ...browsers], subjects),
    forward: beside(node, subjects, ({ pass }) => pass !== 'backward'),
    backward: beside(node, subjects, ({ pass }) => pass === 'backward'),
    bandwidth: bandwidth(node),
    'losses in place': losses([node, ...browsers], subjects, 'normlayers'),
    'losses with copies': losses([node, ...browsers], subjects, 'copies'),
    browsers: browsers.map((run) => inBrowser(run, subjects)).join('\n\n') || 'No browser was measured.',
  };
}

/** What a reader of README should know: a few usual shapes, forward and backward, beside everybody's. */
export function speedTable({ place, machine, made, cases }, subjects) {
  const usual = [
    ['layerNorm', '512,768'],
    ['rmsNorm', '2048,4096'],
    ['batchNorm', '32,64,56,56'],
    ['batchNorm', '32,56,56,64'],
    ['groupNorm', '8,64,56,56'],
  ];
  const shown = subjects.filter(({ key }) => key !== 'copies');
  const rows = usual.flatMap(([op, shape]) =>
    ['forward', 'backward'].flatMap((pass) => {
      const found = cases.find(({ spec }) => spec.op === op && `${spec.shape}` === shape && spec.pass === pass);
      const time = (key) => {
        const result = found.results.find(({ subject }) => subject === key);
        return result?.status === 'timed' ? nanoseconds(result.nanoseconds) : '–';
      };
      return found ? [[caseName(found.spec), ...shown.map(({ key }) => time(key))]] : [];
    }),
  );
  const head = `Nanoseconds per element, one thread, ${place}, ${machine.cpu}, ${made.slice(0, 10)}:`;
  return `${head}\n\n${table(['', ...shown.map(({ name }) => name)], rows)}`;
}

function machine(run, subjects) {
  const versions = subjects.filter(({ peer }) => peer).map(({ name, version }) => `${name} ${version}`);
  return `${origin(run, versions)}\n${rounds(run)}`;
}

function summary(runs, subjects) {
  const rows = runs.flatMap(({ place, cases }) =>
    subjects.flatMap(({ key, name }) => {
      const ratio = key === 'normlayers' ? null : slowdown(cases, key);
      return ratio ? [[place, name, times(ratio.mean), times(ratio.least), times(ratio.most), ratio.cases]] : [];
    }),
  );
  return table(['', 'subject', 'geometric mean', 'least', 'most', 'cases'], rows);
}

const nameOf = (subjects) => (key) => subjects.find((subject) => subject.key === key)?.name ?? key;

/** Time and, in brackets, the error of every subject, case by case. */
function beside({ cases }, subjects, keep) {
  const rows = cases
    .filter(({ spec }) => keep(spec))
    .map(({ spec, results }) => [
      caseName(spec),
      ...subjects.map(({ key }) => cell(results.find(({ subject }) => subject === key))),
    ]);
  return table(['ns per element (error)', ...subjects.map(({ name }) => name)], rows);
}

function cell(result) {
  if (!result || result.status === 'unsupported') return '–';
  if (result.status === 'wrong') return `wrong by ${relative(result.relativeError)}`;
  if (result.status === 'failed') return 'failed';
  return `${nanoseconds(result.nanoseconds)} (${units(result.error)})`;
}

function bandwidth({ cases }) {
  const rows = cases.flatMap(({ spec, memory, results }) => {
    const ours = results.find(({ subject }) => subject === 'normlayers');
    if (ours?.status !== 'timed') return [];
    const { nanoseconds: ns, spread, gigabytesPerSecond, ofMemory } = ours;
    const copy = memory ? memory.gigabytesPerSecond.toFixed(0) : '–';
    const share = ofMemory ? percent(ofMemory) : '–';
    return [[caseName(spec), nanoseconds(ns), `± ${percent(spread)}`, gigabytesPerSecond.toFixed(1), copy, share]];
  });
  return table(['', 'ns per element', 'spread', 'GB/s', 'copy of x, GB/s', 'share of it'], rows);
}

/** Where somebody was faster than the library, in place or with copies. */
function losses(runs, subjects, own) {
  const name = nameOf(subjects);
  const rows = runs.flatMap(({ place, cases }) =>
    cases.flatMap(({ spec, results }) => {
      const ours = results.find(({ subject, status }) => subject === own && status === 'timed');
      return results
        .filter(({ subject, status }) => !['normlayers', 'copies'].includes(subject) && status === 'timed')
        .filter((theirs) => ours && theirs.nanoseconds < ours.nanoseconds)
        .map((theirs) => [
          place,
          caseName(spec),
          name(theirs.subject),
          nanoseconds(theirs.nanoseconds),
          nanoseconds(ours.nanoseconds),
        ]);
    }),
  );
  if (rows.length === 0) return 'Nobody was faster, in any case.';
  return table(['', 'case', 'faster', 'its ns per element', 'ours'], rows);
}

function inBrowser(run, subjects) {
  const present = subjects.filter(({ key }) =>
    run.cases.some(({ results }) => results.some(({ subject, status }) => subject === key && status === 'timed')),
  );
  return `### ${run.place}\n\n${beside(run, present, () => true)}`;
}
