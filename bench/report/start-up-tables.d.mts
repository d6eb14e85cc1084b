/** `run` is what a result file holds. */
export function startUpTables(run: object): Record<string, string>;
