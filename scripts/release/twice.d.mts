// The types of twice.mjs, for the tests.

export function differing(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): string[];
