// What is timed: the operations on the shapes on which people use them.
// Transformers from small to large, stages of a ResNet and of a U-Net, and the hidden features of an MLP.

/** @typedef {import('./cases.d.mts').Case} Case */

const TOKENS = [
  [64, 128],
  [512, 768],
  [4096, 768],
  [2048, 4096],
];
const RESNET = [
  [32, 64, 56, 56],
  [8, 256, 14, 14],
];
const MLP = [256, 1024];
const IMAGES = [8, 64, 56, 56];
const UNET = [1, 320, 64, 64];

const TRAINING = ['forward', 'backward'];
const WITH_EVAL = ['forward', 'eval', 'backward'];

const channelsLast = ([n, c, ...spatial]) => [n, ...spatial, c];

const first = (op, passes, shapes, more) =>
  shapes.flatMap((shape) => passes.map((pass) => ({ op, pass, shape, layout: 'channelsFirst', eps: 1e-5, ...more })));

const last = (op, passes, shapes, more) =>
  first(op, passes, shapes.map(channelsLast), { layout: 'channelsLast', ...more });

/** @type {Case[]} */
export const cases = [
  ...first('layerNorm', TRAINING, TOKENS),
  ...first('rmsNorm', TRAINING, [TOKENS[1], TOKENS[3]]),
  ...first('batchNorm', WITH_EVAL, [...RESNET, MLP]),
  ...last('batchNorm', WITH_EVAL, RESNET),
  ...first('instanceNorm', TRAINING, [IMAGES]),
  ...last('instanceNorm', TRAINING, [IMAGES]),
  ...first('groupNorm', TRAINING, [IMAGES, UNET], { groups: 32 }),
  ...last('groupNorm', TRAINING, [IMAGES], { groups: 32 }),
];

/** One line for tables: `groupNorm forward 8x56x56x64 nhwc g32`. */
export function label({ op, pass, shape, layout, groups }) {
  return [op, pass, shape.join('x'), layout === 'channelsLast' && 'nhwc', groups && `g${groups}`]
    .filter(Boolean)
    .join(' ');
}

/** How many elements x has. */
export const size = ({ shape }) => shape.reduce((a, b) => a * b, 1);

/** The shape of the weights: the normalised axes of layer and RMS norm, elsewhere the channels. */
export function parameterShape({ op, shape, layout, normalizedAxes = 1 }) {
  if (op === 'layerNorm' || op === 'rmsNorm') return shape.slice(-normalizedAxes);
  return [layout === 'channelsLast' ? shape.at(-1) : shape[1]];
}
