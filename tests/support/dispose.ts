// Calls [Symbol.dispose] by the key the package uses, which an engine may not have itself.

const key: symbol = Symbol.dispose ?? Symbol.for('Symbol.dispose');

export function disposeOf(value: object): void {
  (value as Record<symbol, () => void>)[key]!();
}
