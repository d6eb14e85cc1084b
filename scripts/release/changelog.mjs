// What CHANGELOG.md says of a version: a release needs an entry with its date, and something in it, and leaves nothing
// behind among what is not released.

/** The rest of the heading that begins so, and the text below it, or null. */
function section(changelog, heading) {
  const lines = changelog.split('\n');
  const start = lines.findIndex((line) => line.startsWith(heading));
  if (start === -1) return null;
  const after = lines.slice(start + 1);
  const end = after.findIndex((line) => line.startsWith('## '));
  const text = (end === -1 ? after : after.slice(0, end)).join('\n').trim();
  return { rest: lines[start].slice(heading.length), text };
}

/** The text of the entry of `version`, and its date, or null. */
export function entryOf(changelog, version) {
  const found = section(changelog, `## [${version}] - `);
  return found && { date: found.rest, text: found.text };
}

/** What is wrong with it, in words, or null. */
export function faultOf(changelog, version) {
  const entry = entryOf(changelog, version);
  if (entry === null) return `CHANGELOG.md has no entry "## [${version}] - YYYY-MM-DD"`;
  if (!/^\d{4}-\d\d-\d\d$/.test(entry.date) || Number.isNaN(Date.parse(entry.date))) {
    return `the date of ${version} in CHANGELOG.md is "${entry.date}"`;
  }
  if (!/^- /m.test(entry.text)) return `the entry of ${version} in CHANGELOG.md lists nothing`;
  if (section(changelog, '## [Unreleased]')?.text) return 'CHANGELOG.md still has something under "## [Unreleased]"';
  return null;
}
