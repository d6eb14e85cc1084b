// Layers without parameters have nothing that operations could compare the channels of x with.

import { shapeError } from '../errors.js';
import { checkFloat32 } from '../operations/checks.js';
import { readChannels } from '../operations/geometry.js';
import { formatShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/types.js';

export function checkChannels(x: Tensor, channelAxis: number, channels: number, name: string): void {
  const input = checkFloat32(x, 'x');
  const { c } = readChannels(input, channelAxis);
  if (c === channels) return;
  const where = `on axis ${channelAxis} of shape ${formatShape(input.shape)}`;
  throw shapeError(`x expected ${channels} channels (${name}), got ${c} ${where}`);
}
