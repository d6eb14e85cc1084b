// What the terminal shows: a progress bar where there is a terminal, calm lines where there is none, and tidy tables.
import { type Claim, shown, type Table } from './claims.ts';

const stream = process.stdout;
const colour = stream.isTTY === true && process.env.NO_COLOR === undefined;
const style = (code: number) => (text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
const bold = style(1);
const dim = style(2);
const green = style(32);
const yellow = style(33);

export interface Progress {
  advance(): void;
  done(): void;
}

const BAR = 28;

/** Redrawn at most ten times a second; without a terminal only the finished step is told. */
export function progress(title: string, total: number): Progress {
  const started = performance.now();
  let count = 0;
  let drawn = 0;
  const draw = () => {
    const filled = Math.round((BAR * Math.min(count, total)) / total);
    const elapsed = (performance.now() - started) / 1000;
    const left = count > 0 ? `${Math.ceil((elapsed / count) * (total - count))} s left` : '';
    stream.write(
      `\r  ${title.padEnd(34)} ${green('━'.repeat(filled))}${dim('━'.repeat(BAR - filled))} ${dim(left)}\x1b[K`,
    );
  };
  if (stream.isTTY) draw();
  return {
    advance() {
      count += 1;
      const now = performance.now();
      if (!stream.isTTY || now - drawn < 100) return;
      drawn = now;
      draw();
    },
    done() {
      const elapsed = `${((performance.now() - started) / 1000).toFixed(1)} s`;
      if (stream.isTTY) stream.write('\r\x1b[K');
      say(`  ${green('✓')} ${title.padEnd(34)} ${dim(elapsed)}`);
    },
  };
}

export function say(line = ''): void {
  stream.write(`${line}\n`);
}

/** What went wrong, apart from the results. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function heading(text: string): void {
  say(`\n${bold(text)}`);
}

export function printTable({ title, head, rows, note }: Table): void {
  const widths = head.map((label, i) => Math.max(label.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('   ');
  say(`\n  ${title}\n`);
  say(`  ${dim(line(head))}`);
  for (const row of rows) say(`  ${line(row)}`);
  if (note) say(`  ${dim(note)}`);
}

export function printClaim(claim: Claim): void {
  say(`  ${dim(claim.says)}`);
  for (const { statement, holds, figures } of claim.parts) {
    say(`  ${holds ? green('✓') : yellow('✗')} ${statement}`);
    say(`    ${dim(figures)}`);
  }
  say(`  ${shown(claim) ? green('shown') : yellow('not shown')}`);
}

export function printSummary(number: number, claim: Claim): void {
  const verdict = shown(claim) ? green('✓ shown') : yellow('✗ not shown');
  say(`  ${verdict}  ${number}. ${claim.title}: ${claim.summary}`);
}
