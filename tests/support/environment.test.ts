// A failing test shows its own line, and not the one line of the built library.
import { expect, test } from '@jest/globals';
import { LayerNorm } from 'normlayers';
import { caught } from './errors.ts';

test('frames of the library are there, yet none that jest would show the file of', () => {
  const frames = caught(() => new LayerNorm(3).forward(7 as never))
    .stack!.split('\n    at ')
    .slice(1);
  const first = frames.findIndex((frame) => frame.includes('environment.test.ts'));
  expect(first).toBeGreaterThan(0);
  for (const frame of frames.slice(0, first)) expect(frame).toMatch(/^(.+ )?\[dist\/library\.js:\d+:\d+\]$/);
  // Jest looks for what a place in parentheses says.
  expect(frames[first]).toMatch(/^.*\(.*environment\.test\.ts:\d+:\d+\)$|^.*environment\.test\.ts:\d+:\d+$/);
});
