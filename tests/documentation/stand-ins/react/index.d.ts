// As much of React's own declarations as the documentation uses.

export function useMemo<T>(compute: () => T, dependencies: readonly unknown[]): T;
export function useState<T>(initial: T | (() => T)): [T, (next: T) => void];
export function useEffect(effect: () => (() => void) | undefined, dependencies?: readonly unknown[]): void;
