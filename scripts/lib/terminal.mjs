// How the scripts speak: one calm line per step, with its time; colour only where a person reads it.

const interactive = Boolean(process.stdout.isTTY) && process.env.TERM !== 'dumb';
const coloured = interactive && !process.env.NO_COLOR;

const paint = (code) => (text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : String(text));
export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);

const LABEL_WIDTH = 34;
const TIME_WIDTH = 10;

/** Milliseconds as a person says them: `0.3 s`, `42 s`, `2 min 10 s`. */
export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Prints `text` and ends the line. */
export function say(text = '') {
  process.stdout.write(`${text}\n`);
}

/** Prints `text` moved to the right, every line of it. */
export function indented(text) {
  say(text.replace(/^(?=.)/gm, '    '));
}

/** The line of a step that has ended. */
export function ended(ok, label, ms, remark = '') {
  const mark = ok ? green('✓') : red('✗');
  say(`  ${mark} ${label.padEnd(LABEL_WIDTH)}${dim(duration(ms).padStart(TIME_WIDTH))}  ${remark}`.trimEnd());
}

/**
 * Announces a step and returns the function that ends it. `patience` says how long it may take; such a step is
 * announced on a line of its own where a line cannot be written over later.
 */
export function step(label, patience = '') {
  const start = Date.now();
  if (interactive) process.stdout.write(`  ${dim('·')} ${label}${patience && dim(`  ${patience}`)}`);
  else if (patience) say(`  · ${label}: ${patience}`);

  return (ok, remark = '') => {
    if (interactive) process.stdout.write('\r\x1b[K');
    ended(ok, label, Date.now() - start, remark);
  };
}

/** A line that says what is under way, where a terminal can take it back: the function that does is returned. */
export function progress(text) {
  if (!interactive) return () => {};
  process.stdout.write(`\n  ${dim(`· ${text}`)}`);
  return () => process.stdout.write('\r\x1b[K\x1b[A');
}
