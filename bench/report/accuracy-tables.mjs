// The measured parts of docs/accuracy.md.
import { caseName, offsetName, operationName, units } from './figures.mjs';
import { table } from './markdown.mjs';

export function accuracyTables(run, subjects) {
  const { place, machine, made, version, wasm, cases, offsets } = run;
  return {
    machine: `${place ?? machine.engine}, ${machine.cpu}, ${made.slice(0, 10)}; normlayers ${version} (module ${wasm}).`,
    ours: ours(cases),
    near: atOffsets(cases, subjects, [offsets[0]]),
    middle: atOffsets(cases, subjects, [1e2]),
    far: atOffsets(cases, subjects, [offsets.at(-1)]),
    ladder: ladder(cases, subjects, offsets),
  };
}

const OUTPUTS = { y: 4, dx: 4, dweight: 2, dbias: 2 };

/** The largest error of each output over the whole ladder and all layouts, beside its bound. */
function ours(cases) {
  const operations = [...new Set(cases.map(({ spec }) => spec.op))];
  const worst = (op, output) => {
    const errors = cases
      .filter(({ spec }) => spec.op === op)
      .flatMap(({ results }) => results.find(({ subject }) => subject === 'normlayers').rungs)
      .flatMap(({ errors: of }) => of[output] ?? []);
    return errors.length ? units(Math.max(...errors)) : '–';
  };
  const head = ['', ...Object.keys(OUTPUTS)];
  const bounds = ['bound', ...Object.values(OUTPUTS)];
  return table(head, [
    ...operations.map((op) => [operationName(op), ...Object.keys(OUTPUTS).map((o) => worst(op, o))]),
    bounds,
  ]);
}

/** The largest error at some rungs, case by case. */
function atOffsets(cases, subjects, offsets) {
  const rows = cases.map(({ spec, results }) => [
    caseName(spec),
    ...subjects.map(({ key }) =>
      worstAt(
        results.find(({ subject }) => subject === key),
        offsets,
      ),
    ),
  ]);
  return table(['', ...subjects.map(({ name }) => name)], rows);
}

function worstAt(result, offsets) {
  const errors = (result?.rungs ?? []).filter(({ offset }) => offsets.includes(offset)).map(({ error }) => error);
  if (errors.length === 0) return '–';
  return units(errors.includes(null) ? null : Math.max(...errors));
}

/** The largest error over all cases, rung by rung. */
function ladder(cases, subjects, offsets) {
  const worst = (key, offset) => {
    const errors = cases
      .flatMap(({ results }) => results.find(({ subject }) => subject === key)?.rungs ?? [])
      .filter((rung) => rung.offset === offset)
      .map(({ error }) => error);
    return units(errors.includes(null) ? null : Math.max(...errors));
  };
  const rows = subjects.map(({ key, name }) => [name, ...offsets.map((offset) => worst(key, offset))]);
  return table(['offset in spreads', ...offsets.map(offsetName)], rows);
}
