// The three charts of a training: loss, accuracy and gradient, step by step.
import { figure } from '../../../examples/digits/format.ts';
import { lineChart } from '../charts/lines.ts';
import { linear, logarithmic, steps } from '../charts/scale.ts';
import { h } from '../dom.ts';
import type { Course } from './course.ts';
import { short } from './names.ts';

const LEAST_STEPS = 100;
const LOSSES = [0.01, 10] as const;
const GRADIENTS = [0.001, 1000] as const;
const PERCENTS = linear(0, 1, [0, 0.25, 0.5, 0.75, 1]);

export function curves(): { element: HTMLElement; draw(courses: readonly Course[]): void } {
  const tick = (value: number) => figure(value, 2);
  const loss = lineChart({
    title: 'Loss on the batches',
    label: 'Loss of each net against its training steps; the latest are in the list above',
    height: 240,
    tick,
  });
  const accuracy = lineChart({
    title: 'Accuracy on held-out digits',
    label: 'Accuracy of each net on held-out digits against its training steps; the latest are in the list above',
    height: 190,
    tick: (value) => `${100 * value} %`,
  });
  const gradient = lineChart({
    title: 'Norm of the gradient by the weights',
    label: 'Norm of the gradient by all weights of each net against its training steps',
    height: 190,
    tick,
  });

  return {
    element: h('div', { class: 'curves' }, loss.element, accuracy.element, gradient.element),
    draw(courses) {
      const x = steps(Math.max(LEAST_STEPS, ...courses.map(({ state }) => state.step)));
      const lines = (points: (course: Course) => readonly (readonly [number, number])[]) =>
        courses.map((course) => ({
          name: short(course.norm),
          colour: course.norm,
          points: points(course),
          ended: course.state.diverged,
        }));
      const log = (
        of: readonly { points: readonly (readonly [number, number])[] }[],
        limits: readonly [number, number],
      ) =>
        logarithmic(
          of.flatMap(({ points }) => points.map(([, value]) => value)),
          limits,
        );
      const losses = lines((course) => course.losses);
      const gradients = lines((course) => course.gradients);
      loss.draw(losses, x, log(losses, LOSSES));
      accuracy.draw(
        lines((course) => course.accuracies),
        x,
        PERCENTS,
      );
      gradient.draw(gradients, x, log(gradients, GRADIENTS));
    },
  };
}
