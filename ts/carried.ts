// How the root entries hand the module they carry to the core: a file of dist of its own, so that it is no part of the
// API that the root and the core export.

let carried: string | object | null = null;

/** Takes the package's own module, compiled or as hexadecimal text; it is not looked at before the first call that needs it. */
export function registerModule(source: string | object): void {
  carried = source;
}

/** What was registered. */
export function registeredModule(): string | object | null {
  return carried;
}
