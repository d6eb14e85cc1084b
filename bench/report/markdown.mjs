// Tables in Markdown: words to the left, numbers to the right.

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, i) => (rows.every((row) => isWords(row[i])) ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

const isWords = (cell) => /^[`A-Za-z]/.test(cell) && !/^(wrong|failed|not)\b/.test(cell);
