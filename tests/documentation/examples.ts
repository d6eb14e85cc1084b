// The examples in the comments of the library, as blocks: they are what editors show, and the reference of the API.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, read } from './markdown.ts';

/** What an example takes as given. It is shown alone, so that it needs no import either. */
const GIVEN = `
import * as normlayers from 'normlayers';
const { backward, BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm } = normlayers;
const { batchNorm, groupNorm, instanceNorm, layerNorm, layerNormForward, rmsNorm } = normlayers;
const { createRuntime, full, isNormError, isSupported, keep, loadRuntime, memory, ones, scope } = normlayers;
const { setDefaultRuntime, tensor, zeros } = normlayers;
const showPlainVersion = () => {};
const meanOf = (data: Float32Array) => data.reduce((sum, v) => sum + v, 0) / data.length;
`;

const ROWS = `
const x = ones([4, 768]);
const dy = ones([4, 768]);
const [weight, bias] = [ones([768]), zeros([768])];
const norm = new LayerNorm(768);
`;

const IMAGES = `
const pixels = new Float32Array(8 * 64 * 56 * 56);
const x = ones([2, 64, 4, 4]);
const [weight, bias, runningMean, runningVar] = [ones([64]), zeros([64]), zeros([64]), ones([64])];
`;

/** Which of them have images for x. */
const WITH_CHANNELS = /(batch|group|instance)-norm|create/;

export function examplesOf(root: string): Block[] {
  const files = readdirSync(join(root, 'ts'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  return files.sort().flatMap((path) => examplesIn(join('ts', path), read(root, join('ts', path))));
}

function examplesIn(document: string, text: string): Block[] {
  return [...text.matchAll(/^ \* @example\n((?: \*.*\n)+?)(?= \*\/| \*\n \* @| \* @)/gm)].map((match) => {
    const lines = (match[1] as string).split('\n').map((line) => line.replace(/^ \* ?/, ''));
    const line = text.slice(0, match.index).split('\n').length;
    const declared = new Set([...lines.join('\n').matchAll(/^(?:const|using) (\w+)/gm)].map((found) => found[1]));
    const given = `${GIVEN}${WITH_CHANNELS.test(document) ? IMAGES : ROWS}`;
    // An example may make its own norm, or its own x.
    const free = given
      .split('\n')
      .filter((statement) => !declared.has(/^const (\w+) =/.exec(statement)?.[1]))
      .join(' ');
    return {
      document,
      line,
      language: 'ts',
      code: lines.join('\n'),
      section: 'examples',
      directives: new Map(
        document.endsWith('load.ts') ? [['compiled', 'it fetches a file, which a guide does with a stand-in']] : [],
      ),
      given: [{ line: 1, code: free }],
      after: [],
    };
  });
}
