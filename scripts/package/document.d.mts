// The types of document.mjs, for the tests.

export function partsOf(findings: unknown): Readonly<Record<string, string>>;
