export function sample(run: () => void, ms: number): number;
