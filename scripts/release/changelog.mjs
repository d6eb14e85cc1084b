// What CHANGELOG.md says of a version: a release needs an entry with its date, and something in it.

/** The text of the entry of `version`, and its date, or null. */
export function entryOf(changelog, version) {
  const lines = changelog.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`## [${version}] - `));
  if (start === -1) return null;
  const after = lines.slice(start + 1);
  const end = after.findIndex((line) => line.startsWith('## '));
  const text = (end === -1 ? after : after.slice(0, end)).join('\n').trim();
  return { date: lines[start].slice(`## [${version}] - `.length), text };
}

/** What is wrong with it, in words, or null. */
export function faultOf(changelog, version) {
  const entry = entryOf(changelog, version);
  if (entry === null) return `CHANGELOG.md has no entry "## [${version}] - YYYY-MM-DD"`;
  if (!/^\d{4}-\d\d-\d\d$/.test(entry.date) || Number.isNaN(Date.parse(entry.date))) {
    return `the date of ${version} in CHANGELOG.md is "${entry.date}"`;
  }
  if (!/^- /m.test(entry.text)) return `the entry of ${version} in CHANGELOG.md lists nothing`;
  return null;
}
