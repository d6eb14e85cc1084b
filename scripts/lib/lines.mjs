// Gives minified code lines that a terminal can bear. Node prints the line that made an error above the message of one that
// nobody catches: one line would be the whole library, and the message far below it.

import { parseAst } from 'rollup/parseAst';

/** Adds to `found` where a statement or a member of a class begins: a new line changes nothing there. */
function addBeginnings(node, found) {
  if (Array.isArray(node)) for (const one of node) addBeginnings(one, found);
  if (Array.isArray(node) || node === null || typeof node !== 'object') return found;
  const { body, consequent } = node;
  for (const list of [body, consequent]) if (Array.isArray(list)) for (const { start } of list) found.push(start);
  for (const child of Object.values(node)) addBeginnings(child, found);
  return found;
}

/** Where an error is made. */
const ERROR = /\b[A-Z]\w*Error\(/;

/**
 * `source`, a module, with new lines where statements begin: before and behind each that makes an error, which is what is
 * printed, and wherever a line would become longer than `length`.
 */
export function inLines(source, length) {
  const beginnings = addBeginnings(parseAst(source), []).sort((a, b) => a - b);
  let lines = '';
  let start = 0;
  let wasError = false;
  for (const [i, at] of beginnings.entries()) {
    const next = beginnings[i + 1] ?? source.length;
    const isError = ERROR.test(source.slice(at, next));
    const long = next - start > length;
    if (at > start && (long || isError || wasError)) {
      lines += `${source.slice(start, at)}\n`;
      start = at;
    }
    wasError = isError;
  }
  return lines + source.slice(start);
}
