// Strokes of a pen become an image as MNIST's were made: fitted into a square of 20 pixels, keeping their proportions,
// and laid into 28 × 28 by its centre of mass.
import { PIXELS, SIDE } from '../../../examples/digits/images.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export type Stroke = readonly Point[];

const FITTED = 20;

/** Where MNIST has the centre of mass: in the middle of the fifteenth pixel. */
const MIDDLE = SIDE / 2 + 0.5;

/** Half the width of the pen in pixels of the image: with it, drawn digits have as much ink as MNIST's. */
const PEN = 1.4;

/** Ink from 0 to 1, or null when nothing has been drawn. The scale and place of the strokes do not matter. */
export function imageOf(strokes: readonly Stroke[]): Float32Array | null {
  const points = strokes.flat();
  if (points.length === 0) return null;
  const [left, right] = extent(points.map(({ x }) => x));
  const [top, bottom] = extent(points.map(({ y }) => y));
  const size = Math.max(right - left, bottom - top);
  const scale = size > 0 ? (FITTED - 2 * PEN) / size : 1;
  const fitted = strokes.map((stroke) =>
    stroke.map(({ x, y }) => ({
      x: SIDE / 2 + scale * (x - (left + right) / 2),
      y: SIDE / 2 + scale * (y - (top + bottom) / 2),
    })),
  );
  const mass = centre(ink(fitted));
  return ink(moved(fitted, MIDDLE - mass.x, MIDDLE - mass.y));
}

/** The centre of mass, with the centre of the first pixel at (½, ½). */
export function centre(image: Float32Array): Point {
  let total = 0;
  let x = 0;
  let y = 0;
  for (let i = 0; i < PIXELS; i += 1) {
    total += image[i]!;
    x += image[i]! * ((i % SIDE) + 0.5);
    y += image[i]! * (Math.floor(i / SIDE) + 0.5);
  }
  return { x: x / total, y: y / total };
}

const extent = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as const;

const moved = (strokes: readonly Stroke[], dx: number, dy: number) =>
  strokes.map((stroke) => stroke.map(({ x, y }) => ({ x: x + dx, y: y + dy })));

/** Every pixel as dark as the nearest line covers it. */
function ink(strokes: readonly Stroke[]): Float32Array {
  const image = new Float32Array(PIXELS);
  for (const stroke of strokes) {
    for (const [i, from] of stroke.entries()) {
      const to = stroke[i + 1] ?? from;
      for (let pixel = 0; pixel < PIXELS; pixel += 1) {
        const distance = toLine((pixel % SIDE) + 0.5, Math.floor(pixel / SIDE) + 0.5, from, to);
        const cover = Math.min(1, Math.max(0, PEN + 0.5 - distance));
        if (cover > image[pixel]!) image[pixel] = cover;
      }
    }
  }
  return image;
}

function toLine(x: number, y: number, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy;
  const along = squared > 0 ? Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / squared)) : 0;
  return Math.hypot(x - from.x - along * dx, y - from.y - along * dy);
}
