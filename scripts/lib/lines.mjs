// Gives minified code lines of a readable length. Node prints the line that threw above the message of an error that nobody
// catches: one line would be the whole library, and the message far below it.

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

/** `source`, a module, with a new line wherever one would become longer than `length`, and a statement begins. */
export function inLines(source, length) {
  const beginnings = addBeginnings(parseAst(source), []).sort((a, b) => a - b);
  let lines = '';
  let start = 0;
  for (const [i, at] of beginnings.entries()) {
    const next = beginnings[i + 1] ?? source.length;
    if (at === start || next - start <= length) continue;
    lines += `${source.slice(start, at)}\n`;
    start = at;
  }
  return lines + source.slice(start);
}
