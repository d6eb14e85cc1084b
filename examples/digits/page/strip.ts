// A strip of the digits themselves, as a PNG in a data URI: what all the figures are about.
import { crc32, deflateSync } from 'node:zlib';
import { type Images, PIXELS, SIDE } from '../images.ts';

/** The first images side by side: white strokes whose opacity is the ink, to be used as a CSS mask. */
export function strip(images: Images, count: number): string {
  const width = SIDE * count;
  const lines = Buffer.alloc(SIDE * (1 + 2 * width));
  const least = images.pixels.reduce((a, b) => Math.min(a, b));
  const greatest = images.pixels.reduce((a, b) => Math.max(a, b));
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const pixel = images.pixels[Math.floor(x / SIDE) * PIXELS + y * SIDE + (x % SIDE)]!;
      const at = y * (1 + 2 * width) + 1 + 2 * x;
      lines[at] = 255;
      lines[at + 1] = Math.round((255 * (pixel - least)) / (greatest - least));
    }
  }
  return `data:image/png;base64,${png(width, SIDE, lines).toString('base64')}`;
}

const GREY_AND_ALPHA = 4;

function png(width: number, height: number, lines: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, GREY_AND_ALPHA, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}
