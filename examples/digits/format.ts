// Figures as a reader wants them.

export const percent = (value: number, digits = 1) => `${(100 * value).toFixed(digits)}\u00a0%`;

/** Two or three significant digits; powers of ten only where they are shorter. */
export function figure(value: number, digits = 3): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : 'not a number';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) {
    const [mantissa, exponent] = value.toExponential(digits - 2).split('e') as [string, string];
    return minus(`${mantissa}·10${superscript(Number(exponent))}`);
  }
  return minus(String(Number(value.toPrecision(digits))));
}

/** One decimal, so that decimals align in a column. */
export const ratio = (value: number) => value.toFixed(1);

/** `1`, or `1 to 3`. */
export function span(values: readonly number[]): string {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  return least === greatest ? `${least}` : `${least} to ${greatest}`;
}

export const minus = (text: string) => text.replace('-', '−');

const superscript = (exponent: number) =>
  [...String(exponent)].map((c) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(c)]).join('');

export const list = (items: readonly string[]) =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}
