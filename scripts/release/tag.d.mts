// The types of tag.mjs, for the tests.

export function tag(folder: string, version: string, commit: string): Promise<string>;
