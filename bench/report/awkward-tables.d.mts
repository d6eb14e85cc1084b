/** `run` is what a result file holds. */
export function awkwardTables(run: object): Record<string, string>;
