// What a figure of the report is, and what its charts alone have in common.
import { logTicks } from '../../../charts/axes.ts';
import { figure } from '../format.ts';

/** Below this width a chart stacks its panels and thins its ticks. */
export const NARROW = 480;

export interface Figure {
  /** The name of its SVG file. */
  readonly name: string;
  readonly title: string;
  /** Tells what one sees, with the numbers. */
  readonly caption: string;
  /** Chart as SVG for a width in pixels. */
  draw(width: number): string;
}

/** A logarithmic axis without clutter. */
export const logAxis = (values: readonly number[]) => ({
  type: 'log' as const,
  label: null,
  ticks: logTicks(values),
  tickFormat: (value: number) => figure(value, 2),
});
