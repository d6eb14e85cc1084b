// Layers without parameters have nothing that operations could compare the channels of x with.

import { shapeError } from '../errors.js';
import { checkFloat32 } from '../operations/checks.js';
import { channelsOf, readChannels } from '../operations/geometry.js';
import type { Tensor } from '../tensor/types.js';

export function checkChannels(x: Tensor, channelAxis: number, channels: number, name: string): void {
  const input = checkFloat32(x, 'x');
  const found = readChannels(input, channelAxis);
  if (found.c === channels) return;
  throw shapeError(`x expected ${channels} channels (${name}): ${channelsOf(input, found, channels)}`);
}
