// The net for what was forgotten, where the engine has finalisers; nothing depends on it.

/** What is given back when its holder was forgotten. It must not lead to the holder. */
export interface Held {
  end(): void;
}

interface Registry {
  register(target: object, held: Held): void;
}
type RegistryClass = new (callback: (held: Held) => void) => Registry;

let registry: Registry | null | undefined;

/** Calls `held.end()` some time after `holder` was forgotten. Costly: about as much as making a tensor. */
export function endWith(holder: object, held: Held): void {
  if (registry === undefined) {
    const Class = (globalThis as { FinalizationRegistry?: RegistryClass }).FinalizationRegistry;
    registry = Class === undefined ? null : new Class((forgotten) => forgotten.end());
  }
  registry?.register(holder, held);
}
