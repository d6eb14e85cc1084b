// What stops a script in a way its reader can mend: told in words, never as a stack trace.

import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { red, say } from './terminal.mjs';

export class Problem extends Error {
  /** `code` is stable, `message` says what is wrong, `cure` what the reader can do about it. */
  constructor(code, message, cure = '') {
    super(message);
    this.name = 'Problem';
    this.code = code;
    this.cure = cure;
  }
}

/** Runs `body` (its result is the exit code) when the module of this URL is the script that was started. */
export async function main(url, body) {
  if (realpathSync(process.argv[1]) !== fileURLToPath(url)) return;
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say();
    say(`  ${red(error.message)}`);
    if (error.cure) say(`  ${error.cure}`);
    process.exitCode = 1;
  }
}
