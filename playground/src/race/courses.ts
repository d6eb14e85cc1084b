// What can be raced: the benchmark's own cases, as far as a phone has the memory to check them.
import { type Case, cases, size } from '../../../bench/cases.mjs';
import { operationName, shapeName } from '../../../bench/report/figures.mjs';

/** An operation on a shape, with all its passes. */
export interface Course {
  readonly op: Case['op'];
  readonly shape: string;
  readonly elements: number;
  readonly cases: readonly Case[];
}

const LARGEST = 2 ** 21;

export const COURSES: readonly Course[] = collect(cases.filter((spec) => size(spec) <= LARGEST));

export const OPERATIONS = [...new Set(COURSES.map(({ op }) => op))];

export const coursesOf = (op: Case['op']) => COURSES.filter((course) => course.op === op);

const SMALL = 2 ** 19;

/** Every operation once, on its largest shape of up to half a million elements where it has one. */
export const USUAL: readonly Course[] = OPERATIONS.map((op) => {
  const courses = coursesOf(op);
  const small = courses.filter(({ elements }) => elements <= SMALL);
  return small.length > 0 ? small.reduce((a, b) => (b.elements > a.elements ? b : a)) : courses[0]!;
});

export const courseName = ({ op, shape }: Course) => `${operationName(op)}, ${shape}`;

function collect(specs: readonly Case[]): Course[] {
  const courses = new Map<string, Case[]>();
  for (const spec of specs) {
    const key = `${spec.op} ${shapeName(spec)}`;
    courses.set(key, [...(courses.get(key) ?? []), spec]);
  }
  return [...courses.values()].map((of) => {
    const [first] = of as [Case];
    return { op: first.op, shape: shapeName(first), elements: size(first), cases: of };
  });
}
