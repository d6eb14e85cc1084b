// How the root entries hand over the module they carry.

let carried: string | object | null = null;

/** Takes the package's own module, compiled or packed as text; it is not looked at before the first call that needs it. */
export function registerModule(source: string | object): void {
  carried = source;
}

/** What was registered. */
export function registeredModule(): string | object | null {
  return carried;
}
