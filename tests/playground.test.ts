// What of the playground needs no browser: the digits it loads, the image that is made of strokes, the turns in which
// nets are trained, and the axes of its charts.
import { afterEach, describe, expect, test } from '@jest/globals';
import { memory } from 'normlayers';
import { readDigits } from '../examples/digits/digits.ts';
import { type Digits, PIXELS, standardise } from '../examples/digits/images.ts';
import { linear, logarithmic, steps } from '../playground/src/charts/scale.ts';
import { decode, encode } from '../playground/src/digits/file.ts';
import { centre, imageOf } from '../playground/src/digits/strokes.ts';
import { COURSES, USUAL } from '../playground/src/race/courses.ts';
import { Course } from '../playground/src/train/course.ts';
import type { NetState } from '../playground/src/train/protocol.ts';
import { Trainer } from '../playground/src/train/trainer.ts';

const digits = readDigits(320, 64, 1);

describe('the file of digits', () => {
  test('gives back labels, and pixels to one of sixteen greys', () => {
    const back = decode(encode(digits));
    for (const part of ['training', 'heldOut'] as const) {
      expect(back[part].count).toBe(digits[part].count);
      expect(back[part].labels).toEqual(digits[part].labels);
      const furthest = back[part].pixels.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - digits[part].pixels[i]!)),
        0,
      );
      expect(furthest).toBeLessThanOrEqual(1 / 30 + 1e-6);
    }
    expect(back.training.pixels).toHaveLength(320 * PIXELS);
  });

  test('is refused when it is cut off or another', () => {
    const file = encode(digits);
    expect(() => decode(file.subarray(0, -1))).toThrow('built with');
    file[0] = 0;
    expect(() => decode(file)).toThrow('built with');
  });
});

describe('an image made of strokes', () => {
  const hook = [
    { x: 0, y: 0 },
    { x: 40, y: 0 },
    { x: 10, y: 90 },
  ];
  const sum = (image: ArrayLike<number>) => Array.from(image).reduce((a, b) => a + b, 0);

  test('has its centre of mass where MNIST has it', () => {
    let [x, y] = [0, 0];
    for (let i = 0; i < digits.training.count; i += 1) {
      const found = centre(digits.training.pixels.subarray(i * PIXELS, (i + 1) * PIXELS));
      x += found.x / digits.training.count;
      y += found.y / digits.training.count;
    }
    const ours = centre(imageOf([hook])!);
    expect(Math.abs(ours.x - x)).toBeLessThan(0.1);
    expect(Math.abs(ours.y - y)).toBeLessThan(0.1);
  });

  test('has as much ink as MNIST’s', () => {
    const ofDigit = (digit: number) => {
      const all = Array.from(digits.training.labels.keys()).filter((i) => digits.training.labels[i] === digit);
      return sum(all.map((i) => sum(digits.training.pixels.subarray(i * PIXELS, (i + 1) * PIXELS)))) / all.length;
    };
    const round = Array.from({ length: 60 }, (_, i) => ({ x: 35 * Math.cos(i / 9.3), y: 50 * Math.sin(i / 9.3) }));
    const straight = [
      { x: 10, y: 0 },
      { x: 0, y: 50 },
    ];
    // Pens differ by as much from hand to hand.
    for (const ratio of [sum(imageOf([round])!) / ofDigit(0), sum(imageOf([straight])!) / ofDigit(1)]) {
      expect(ratio).toBeGreaterThan(0.8);
      expect(ratio).toBeLessThan(1.2);
    }
  });

  test('does not depend on where and how large it was drawn', () => {
    const moved = hook.map(({ x, y }) => ({ x: 7 + 3 * x, y: 3 * y - 11 }));
    const [a, b] = [imageOf([hook])!, imageOf([moved])!];
    for (let i = 0; i < PIXELS; i += 1) expect(b[i]).toBeCloseTo(a[i]!, 4);
  });

  test('is 20 pixels high, wherever its edges fall', () => {
    const image = imageOf([hook])!;
    const darkest = Array.from({ length: 28 }, (_, row) => Math.max(...image.subarray(row * 28, (row + 1) * 28)));
    expect(sum(darkest)).toBeGreaterThan(19);
    expect(sum(darkest)).toBeLessThan(21);
  });

  test('is there for a dot, and not for nothing', () => {
    expect(imageOf([])).toBeNull();
    expect(sum(imageOf([[{ x: 3, y: 4 }]])!)).toBeGreaterThan(3);
  });
});

describe('the trainer', () => {
  const standard: Digits = decode(encode(digits));
  standardise(standard);
  let trainer: Trainer;
  const begin = (norms: ('none' | 'batch' | 'layer')[], rate = 0.1) => {
    trainer = new Trainer(standard);
    trainer.choose({ net: 'tanh', norms, rate });
  };
  const advance = (count: number) => {
    for (let i = 0; i < count; i += 1) trainer.advance();
  };
  const stepsOf = () => trainer.report().map(({ step }) => step);
  afterEach(() => trainer.dispose());

  test('trains the nets by turns, and tells each loss once', () => {
    begin(['none', 'batch']);
    advance(6);
    const [first] = trainer.report();
    expect(first!.losses).toHaveLength(3);
    expect(first!.gradients.every((norm) => norm > 0)).toBe(true);
    expect(first!.layers).toHaveLength(8);
    expect(first!.layers.every(({ gradient }) => gradient! > 0)).toBe(true);
    advance(2);
    const both = trainer.report();
    expect(both.map(({ step, losses }) => [step, losses.length])).toEqual([
      [4, 1],
      [4, 1],
    ]);
  });

  test('lets a new net catch up, and those that stay go on', () => {
    begin(['none']);
    advance(5);
    const [before] = trainer.report();
    trainer.choose({ net: 'tanh', norms: ['none', 'layer'], rate: 0.1 });
    advance(5);
    expect(stepsOf()).toEqual([5, 5]);
    expect(trainer.report()[0]!.id).toBe(before!.id);
    trainer.choose({ net: 'tanh', norms: ['layer'], rate: 0.1 });
    expect(trainer.report().map(({ norm, step }) => [norm, step])).toEqual([['layer', 5]]);
  });

  test('begins anew with a reset or another net, and then goes the same way', () => {
    begin(['batch']);
    advance(4);
    const [first] = trainer.report();
    trainer.reset();
    expect(stepsOf()).toEqual([0]);
    advance(4);
    const [second] = trainer.report();
    expect(second!.losses).toEqual(first!.losses);
    expect(second!.id).not.toBe(first!.id);
    trainer.choose({ net: 'tanhLarge', norms: ['batch'], rate: 0.1 });
    expect(stepsOf()).toEqual([0]);
  });

  test('changes the rate at once', () => {
    begin(['none'], 0);
    advance(10);
    const still = trainer.report()[0]!.losses;
    advance(10);
    // Ten batches and no more: after an epoch the losses of a net that stands still are those of the same images.
    expect(trainer.report()[0]!.losses.reduce((a, b) => a + b)).toBeCloseTo(
      still.reduce((a, b) => a + b),
      4,
    );
    trainer.choose({ net: 'tanh', norms: ['none'], rate: 0.1 });
    advance(10);
    trainer.report();
    advance(10);
    expect(trainer.report()[0]!.losses.reduce((a, b) => a + b)).toBeLessThan(0.9 * still.reduce((a, b) => a + b));
  });

  test('leaves a net that has diverged, and stops when none is left', () => {
    trainer = new Trainer(standard);
    trainer.choose({ net: 'convolutions', norms: ['none', 'layer'], rate: 1e30 });
    for (let i = 0; i < 50 && !trainer.report()[0]!.diverged; i += 1) trainer.advance();
    const at = stepsOf()[0];
    trainer.choose({ net: 'convolutions', norms: ['none', 'layer'], rate: 0.01 });
    advance(5);
    expect(trainer.report()[0]!.diverged).toBe(true);
    expect(stepsOf()[0]).toBe(at);
    trainer.choose({ net: 'convolutions', norms: ['none'], rate: 0.01 });
    expect(trainer.advance()).toBe(false);
  });

  test('tells the ten probabilities of the image it is shown, and the shares of what it has seen', () => {
    begin(['none']);
    // Large weights: much of what enters the activations is beyond what the histograms show.
    trainer.choose({ net: 'tanhLarge', norms: ['none'], rate: 0.1 });
    expect(trainer.report()[0]!.probabilities).toBeNull();
    trainer.look(standard.heldOut.pixels.slice(0, PIXELS));
    const [state] = trainer.report();
    expect(state!.probabilities).toHaveLength(10);
    expect(state!.probabilities!.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    for (const { histogram } of state!.layers) expect(histogram.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    expect(state!.layers[0]!.histogram[0]).toBeGreaterThan(0.05);
    expect(() => trainer.look(new Float32Array(3))).toThrow('784');
  });

  test('gives all memory back', () => {
    const before = memory().bytesInUse;
    begin(['none', 'batch', 'layer']);
    advance(6);
    trainer.report();
    trainer.dispose();
    expect(memory().bytesInUse).toBe(before);
  });
});

describe('the course of a net', () => {
  const state = (more: Partial<NetState>): NetState => ({
    id: 1,
    norm: 'none',
    step: 0,
    losses: [],
    gradients: [],
    accuracy: { step: 0, share: 0.1 },
    diverged: false,
    layers: [],
    probabilities: null,
    ...more,
  });

  test('is the mean of ten steps, ends at the last, and leaves out what is not a number', () => {
    const course = new Course(state({}));
    course.follow(state({ losses: Array.from({ length: 20 }, (_, i) => i) }));
    course.follow(state({ losses: [Number.NaN], accuracy: { step: 20, share: 0.5 } }));
    expect(course.loss).toBe(14.5);
    expect(course.losses.at(-1)).toEqual([20, 14.5]);
    expect(course.losses[0]).toEqual([1, 0]);
    expect(course.accuracies).toEqual([
      [0, 0.1],
      [20, 0.5],
    ]);
  });

  test('has no more points than can be seen', () => {
    const course = new Course(state({ losses: new Array(3000).fill(1) }));
    expect(course.losses.length).toBeLessThanOrEqual(240);
    expect(course.losses.every(([, value]) => value === 1)).toBe(true);
  });
});

describe('axes', () => {
  test('of steps end at a round number, with at most six ticks', () => {
    for (const most of [100, 101, 149, 260, 999, 2100, 3000]) {
      const { domain, ticks } = steps(most);
      expect(domain[1]).toBeGreaterThanOrEqual(most);
      expect(domain[1]).toBeLessThanOrEqual(1.51 * most);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(ticks.at(-1)).toBeLessThanOrEqual(domain[1]);
    }
  });

  test('of logarithms hold all values within the limits', () => {
    const { domain, ticks, at } = logarithmic([0.03, 2.5], [0.01, 10]);
    expect(domain).toEqual([0.02, 5]);
    expect(ticks).toEqual([0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]);
    expect(at(0.02)).toBe(0);
    expect(at(5)).toBeCloseTo(1, 12);
    expect(logarithmic([1e9, 1e-9], [0.01, 10]).domain).toEqual([0.01, 10]);
    expect(logarithmic([1], [0.01, 10]).domain).toEqual([1, 2]);
    expect(logarithmic([], [0.01, 1000]).domain).toEqual([0.1, 10]);
  });

  test('hold what lies outside at their ends', () => {
    const { at } = linear(0, 1, []);
    expect([at(-1), at(0.25), at(2)]).toEqual([0, 0.25, 1]);
  });
});

describe('the race', () => {
  test('has every operation of the benchmark, each with forward and backward', () => {
    expect(USUAL.map(({ op }) => op)).toEqual(['layerNorm', 'rmsNorm', 'batchNorm', 'instanceNorm', 'groupNorm']);
    for (const { cases } of COURSES) {
      expect(cases.map(({ pass }) => pass)).toEqual(expect.arrayContaining(['forward', 'backward']));
    }
  });
});
