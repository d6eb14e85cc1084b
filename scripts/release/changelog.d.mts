// The types of changelog.mjs, for the tests.

export function entryOf(changelog: string, version: string): { date: string; text: string } | null;
export function faultOf(changelog: string, version: string): string | null;
