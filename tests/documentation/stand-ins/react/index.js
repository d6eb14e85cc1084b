// One rendering, in strict mode: effects run, are cleaned up, and run again, as React does it to find those that cannot.

export const useMemo = (compute) => compute();

export const useState = (initial) => [typeof initial === 'function' ? initial() : initial, () => {}];

export function useEffect(effect) {
  effect()?.();
  effect();
}
