// The types of conditions.mjs, for the tests.

export function conditions(folder: string): { readonly label: string; readonly faults: () => string[] }[];
