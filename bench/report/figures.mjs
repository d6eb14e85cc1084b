// Figures as a reader wants them, in the terminal and in documents alike.

/** Three significant digits: `0.482`, `4.13`, `172`. */
export const nanoseconds = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

export const percent = (fraction) => `${(100 * fraction).toFixed(0)} %`;

/** An error in units of 2⁻²³ of its scale; above a few thousand, as a power of ten. */
export function units(value) {
  if (value === null || !Number.isFinite(value)) return 'not finite';
  if (value < 0.05) return value === 0 ? '0' : '< 0.1';
  if (value < 9.95) return value.toFixed(1);
  if (value < 9999.5) return value.toFixed(0);
  const [mantissa, exponent] = value.toExponential(0).split('e');
  return `${mantissa}·10${superscript(Number(exponent))}`;
}

/** A relative error: `2·10⁻³`. */
export function relative(value) {
  if (value === null) return 'more than any bound';
  const [mantissa, exponent] = value.toExponential(0).split('e');
  return `${mantissa}·10${superscript(Number(exponent))}`;
}

export const times = (value) => (value >= 9.95 ? value.toFixed(0) : value.toFixed(1));

/** A ratio that is held against a target: 1.52 is not 1.5. */
export const twoDecimals = (value) => value.toFixed(2);

const superscript = (exponent) => [...String(exponent)].map((c) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(c)]).join('');

const NAMES = {
  layerNorm: 'Layer norm',
  rmsNorm: 'RMS norm',
  batchNorm: 'Batch norm',
  instanceNorm: 'Instance norm',
  groupNorm: 'Group norm',
};

export const operationName = (op) => NAMES[op];

export const shapeName = ({ shape, layout, groups }) =>
  [shape.join(' × '), layout === 'channelsLast' && 'channels last', groups && `${groups} groups`]
    .filter(Boolean)
    .join(', ');

/** `Layer norm forward, 512 × 768`. */
export const caseName = (spec) => `${NAMES[spec.op]} ${spec.pass}, ${shapeName(spec)}`;

/** Powers of ten as such: `0`, `1`, `10²`. */
export const offsetName = (offset) => (offset > 1 ? `10${superscript(Math.log10(offset))}` : String(offset));
