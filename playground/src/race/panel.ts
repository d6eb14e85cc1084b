// The second tab: what is to be raced, and a result for every case.
import { size } from '../../../bench/cases.mjs';
import { operationName } from '../../../bench/report/figures.mjs';
import { announce } from '../announce.ts';
import { h, set, write } from '../dom.ts';
import { type Course, coursesOf, OPERATIONS, USUAL } from './courses.ts';
import { Race, type Result, SETTINGS } from './race.ts';
import { board } from './results.ts';

const EVERY = 'every';

export function racePanel(panel: HTMLElement): { stop(): void } {
  const operation = h(
    'select',
    { id: 'operation' },
    h('option', { value: EVERY }, 'Every operation'),
    ...OPERATIONS.map((op) => h('option', { value: op }, operationName(op))),
  );
  const shape = h('select', { id: 'shape' });
  const go = h('button', { type: 'button', class: 'primary' }, 'Race');
  const bar = h('progress', { max: 1, value: 0, 'aria-label': 'Races run' });
  const status = h('p', { class: 'caption status' }, 'Nothing has been raced yet.');
  const results = board();
  let race: Race | null = null;

  const chosen = (): readonly Course[] => {
    const { value } = operation;
    return value === EVERY ? USUAL : [coursesOf(value as Course['op'])[Number(shape.value)]!];
  };
  const offerShapes = () => {
    const { value } = operation;
    const names =
      value === EVERY ? ['one usual shape each'] : coursesOf(value as Course['op']).map(({ shape: name }) => name);
    shape.replaceChildren(...names.map((name, i) => h('option', { value: i }, name)));
    shape.disabled = names.length < 2;
  };
  const settle = (running: boolean, text: string) => {
    write(go, running ? 'Stop' : 'Race');
    write(status, text);
    if (!running) set(bar, { value: 0 });
  };
  const stop = () => {
    if (!race) return;
    race.stop();
    race = null;
    settle(false, 'Stopped.');
  };

  const start = async () => {
    const specs = chosen().flatMap(({ cases }) => cases);
    const own = new Race();
    race = own;
    const done: Result[] = [];
    settle(true, `Racing: checking, then timing ${specs.length} cases …`);
    announce(`Racing ${specs.length} cases.`);
    for await (const result of own.run(specs)) {
      if (race !== own) return;
      done.push(result);
      results.show(result);
      set(bar, { value: done.length / specs.length });
    }
    if (race !== own) return;
    own.stop();
    race = null;
    const timed = done.filter(({ ours, theirs }) => ours.nanoseconds && theirs.nanoseconds);
    const faster = timed.filter(({ ours, theirs }) => ours.nanoseconds! < theirs.nanoseconds!);
    const sentence = `Done: normlayers was faster in ${faster.length} of ${timed.length} cases.`;
    settle(false, sentence);
    announce(sentence);
  };

  operation.addEventListener('change', offerShapes);
  go.addEventListener('click', () => (race ? stop() : start()));
  offerShapes();

  panel.append(
    h(
      'div',
      { class: 'controls' },
      h('div', { class: 'field' }, h('label', { for: 'operation' }, 'Operation'), operation),
      h('div', { class: 'field' }, h('label', { for: 'shape' }, 'Shape'), shape),
      h('div', { class: 'buttons' }, go),
    ),
    h('div', { class: 'under-way' }, bar, status),
    h('h2', { class: 'unseen' }, 'Results'),
    results.element,
    h('section', { 'aria-labelledby': 'method' }, h('h2', { id: 'method' }, 'What is measured'), ...method()),
  );
  return { stop };
}

function method(): HTMLElement[] {
  const { rounds, ms, warm } = SETTINGS;
  const largest = Math.max(...USUAL.flatMap(({ cases }) => cases.map(size)));
  return [
    h(
      'p',
      {},
      'Nanoseconds per element of x, one thread, this browser on this machine. Each side is a worker of its own, so that neither disturbs the other’s compiler. The JavaScript is the benchmark’s: typed arrays, unrolled loops, four sums at a time, as fast as we know to write it. A forward is one of training, which saves what its backward needs.',
    ),
    h(
      'p',
      {},
      `Before the clock starts, and again after it has stopped, the results of both are held against sums in double precision with compensation; a side that is wrong gets no time. Both are warmed up for ${warm} ms, then take turns: ${rounds} rounds of ${ms} ms each, every round begun by the other side, and the median counts. The ± is half the distance between the quartiles. An error is the largest of all results, in units of the last place that float32 has at the scale of that result.`,
    ),
    h(
      'p',
      {},
      `The data is in place: in linear memory for normlayers, in arrays for JavaScript. Whoever has to copy arrays in and out first pays for it. The shapes have up to ${(largest / 1e6).toFixed(1)} million elements; other programs, and a machine that slows down when it is warm, show in the figures.`,
    ),
  ];
}
