// The first tab: controls and views around the worker that trains. It keeps nothing but what the worker has reported.
import { list, percent } from '../../../examples/digits/format.ts';
import { NORM_NAMES } from '../../../examples/digits/nets/norm.ts';
import { announce } from '../announce.ts';
import { h, write } from '../dom.ts';
import { notice } from '../notice.ts';
import { blanks } from './blanks.ts';
import { controls } from './controls.ts';
import { Course } from './course.ts';
import { curves } from './curves.ts';
import { insides } from './insides.ts';
import { pad } from './pad.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { scores } from './scores.ts';
import { favourite, verdicts } from './verdicts.ts';

type Report = Extract<FromWorker, { type: 'report' }>;

export function trainPanel(panel: HTMLElement): { pause(): void } {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const ask = (message: ToWorker) => worker.postMessage(message);
  let running = false;
  let looks = 0;
  let drawn = 0;
  let told = 0;

  const pause = () => ask({ type: 'run', running: false });
  const steering = controls({
    chosen: (choice) => ask({ type: 'choose', choice }),
    toggled: () => ask({ type: 'run', running: !running }),
    reset: () => ask({ type: 'reset' }),
  });
  const board = pad({
    changed(image) {
      looks += 1;
      ask({ type: 'look', look: looks, image });
    },
    drawn() {
      drawn = looks;
    },
    sampled: (digit) => ask({ type: 'sample', digit }),
  });
  const [cards, charts, inner, opinions] = [scores(), curves(), insides(), verdicts()];
  let courses = blanks(steering.choice).map((state) => new Course(state));
  const status = h('p', { class: 'caption status' }, 'The digits are being loaded.');

  const enable = (able: boolean) => {
    steering.enable(able);
    board.enable(able);
  };

  const draw = () => {
    cards.draw(courses);
    charts.draw(courses);
    inner.draw(courses, steering.choice.net);
    opinions.draw(courses);
  };

  const report = ({ nets, running: now, look }: Report) => {
    courses = nets.map((state) => {
      const known = courses.find((course) => course.state.id === state.id);
      if (!known) return new Course(state);
      if (state.diverged && !known.state.diverged) announce(`The net with ${NORM_NAMES[state.norm]} has diverged.`);
      known.follow(state);
      return known;
    });
    if (now !== running) {
      running = now;
      steering.running(running);
      announce(running ? 'Training.' : `Paused. ${standing(courses)}`);
    }
    if (told < drawn && look >= drawn) {
      told = drawn;
      announce(opinion(courses));
    }
    draw();
  };

  const hear = (message: FromWorker) => {
    switch (message.type) {
      case 'loaded':
        write(
          status,
          `${message.training.toLocaleString('en')} digits to train on, ${message.heldOut} held out; batches of 32, plain gradient descent. All nets start from the same weights and see the same batches; a change of the learning rate takes effect at once. At rate 1 the convolutions without a norm fail; at 0.3, after a reset, they train too.`,
        );
        enable(true);
        return ask({ type: 'choose', choice: steering.choice });
      case 'report':
        return report(message);
      case 'sample':
        return board.show(message.image, message.digit);
      case 'unsupported':
      case 'failed':
        enable(false);
        write(status, '');
        return panel.prepend(notice(message.type, message.reason));
    }
  };
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data);
  worker.onerror = ({ message }) => hear({ type: 'failed', reason: message || 'its worker could not be started' });

  enable(false);
  panel.append(
    h(
      'div',
      { class: 'bench' },
      h('div', { class: 'top' }, steering.element, h('h2', { class: 'unseen' }, 'The nets'), cards.element),
      charts.element,
      h(
        'section',
        { class: 'right', 'aria-labelledby': 'ask' },
        h('h2', { id: 'ask' }, 'Ask the nets'),
        board.element,
        opinions.element,
      ),
      h('div', { class: 'below' }, inner.element, status),
    ),
  );
  draw();
  ask({ type: 'load', digits: new URL('digits.bin', document.baseURI).href });
  return { pause };
}

const standing = (courses: readonly Course[]) =>
  `Step ${Math.max(...courses.map(({ state }) => state.step))}. Accuracy on held-out digits: ${list(
    courses.map(({ norm, state }) => `${NORM_NAMES[norm]} ${percent(state.accuracy?.share ?? 0, 0)}`),
  )}.`;

const opinion = (courses: readonly Course[]) =>
  `The nets say: ${list(
    courses.map(
      ({ norm, state }) =>
        `${NORM_NAMES[norm]} ${state.probabilities && !state.diverged ? favourite(state.probabilities).text : 'nothing'}`,
    ),
  )}.`;
