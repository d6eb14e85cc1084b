// The pad on which a digit is drawn, with buttons that take a held-out one for those who cannot or will not draw.
import { CLASSES, SIDE } from '../../../examples/digits/images.ts';
import { imageOf, type Point, type Stroke } from '../digits/strokes.ts';
import { h, s, set, write } from '../dom.ts';

const SIZE = 280;
const APART = 2;

export interface Pad {
  readonly element: HTMLElement;
  /** Shows a held-out image in place of what was drawn. */
  show(image: Float32Array, digit: number): void;
  /** Whether there are held-out digits to take. */
  enable(able: boolean): void;
}

export interface PadEvents {
  /** While drawing, at most once a frame. */
  changed(image: Float32Array | null): void;
  /** A stroke has ended. */
  drawn(): void;
  sampled(digit: number): void;
}

export function pad({ changed, drawn, sampled }: PadEvents): Pad {
  const ink = s('g');
  const hint = h('p', { class: 'hint' }, 'Draw a digit here');
  const surface = s(
    'svg',
    {
      class: 'surface',
      viewBox: `0 0 ${SIZE} ${SIZE}`,
      role: 'img',
      'aria-label': 'Pad to draw a digit on with a pointer; the buttons below take a held-out digit instead',
    },
    ink,
  );
  const seen = h('canvas', { width: SIDE, height: SIDE, 'aria-hidden': true });
  const whole = h('canvas', { width: SIDE, height: SIDE, 'aria-hidden': true });
  const source = h('p', { class: 'caption source' });
  const clear = h('button', { type: 'button' }, 'Clear');
  const samples = Array.from({ length: CLASSES }, (_, digit) =>
    h('button', { type: 'button', 'aria-label': `A held-out ${digit}` }, String(digit)),
  );

  let strokes: Point[][] = [];
  let image: Float32Array | null = null;
  let waiting = false;

  const paint = () => {
    for (const canvas of [seen, whole]) draw(canvas, image);
  };
  const put = (given: Float32Array | null, from: string) => {
    image = given;
    hint.hidden = given !== null;
    whole.hidden = strokes.length > 0;
    write(source, from);
    paint();
    changed(given);
  };
  const redraw = () => {
    waiting = false;
    ink.replaceChildren(...strokes.map(line));
    put(imageOf(strokes), strokes.length > 0 ? 'Yours, as the nets see it: scaled and centred as MNIST is.' : NOTHING);
  };
  const later = () => {
    if (!waiting) requestAnimationFrame(redraw);
    waiting = true;
  };

  surface.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    surface.setPointerCapture(event.pointerId);
    strokes.push([place(surface, event)]);
    later();
  });
  surface.addEventListener('pointermove', (event) => {
    const stroke = strokes.at(-1);
    if (!stroke || !surface.hasPointerCapture(event.pointerId)) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) {
      const [to, from] = [place(surface, each), stroke.at(-1)!];
      if (Math.hypot(to.x - from.x, to.y - from.y) >= APART) stroke.push(to);
    }
    later();
  });
  surface.addEventListener('lostpointercapture', () => {
    redraw();
    drawn();
  });
  clear.addEventListener('click', () => {
    strokes = [];
    redraw();
  });
  for (const [digit, button] of samples.entries()) button.addEventListener('click', () => sampled(digit));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);
  write(source, NOTHING);

  return {
    element: h(
      'div',
      { class: 'pad' },
      h('div', { class: 'board' }, whole, surface, hint),
      h('div', { class: 'seen' }, seen, source, clear),
      h(
        'div',
        { class: 'samples', role: 'group', 'aria-labelledby': 'samples' },
        h('p', { id: 'samples', class: 'caption' }, 'Or take a held-out digit'),
        h('div', {}, ...samples),
      ),
    ),
    enable(able) {
      for (const button of samples) button.disabled = !able;
    },
    show(given, digit) {
      strokes = [];
      ink.replaceChildren();
      put(given, `A ${digit} that no net has trained on.`);
      drawn();
    },
  };
}

const NOTHING = 'Small: what the nets see.';

function place(surface: SVGSVGElement, { clientX, clientY }: MouseEvent): Point {
  const { left, top, width } = surface.getBoundingClientRect();
  return { x: ((clientX - left) / width) * SIZE, y: ((clientY - top) / width) * SIZE };
}

function line(stroke: Stroke): SVGPolylineElement {
  const [first] = stroke;
  const points = stroke.length > 1 ? stroke : [first!, first!];
  const element = s('polyline');
  set(element, { points: points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ') });
  return element;
}

/** Ink in the colour of the text. */
function draw(canvas: HTMLCanvasElement, image: Float32Array | null): void {
  const context = canvas.getContext('2d')!;
  context.clearRect(0, 0, SIDE, SIDE);
  if (!image) return;
  context.fillStyle = getComputedStyle(canvas).color;
  for (const [i, ink] of image.entries()) {
    context.globalAlpha = ink;
    context.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
  }
}
