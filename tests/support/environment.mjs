// The environment of the tests: Node's, but that stack traces show the tests. The built library is one minified line of
// 57 KB, which jest would print as the place of every error that the library throws. Its frames are put in brackets,
// which jest prints, yet does not take for a place to show.

import { TestEnvironment } from 'jest-environment-node';

const FRAME = /^( +at )(.* \()?(?:file:\/\/)?\S*[\\/](dist[\\/]\w+\.js:\d+:\d+)\)?$/gm;

const inBrackets = (stack) => stack.replace(FRAME, (_, at, name = '(', place) => `${at}${name.slice(0, -1)}[${place}]`);

export default class extends TestEnvironment {
  async setup() {
    await super.setup();
    // Jest's own, which finds the lines of TypeScript; it sets it anew before each test file.
    const format = Error.prepareStackTrace;
    Error.prepareStackTrace = (error, frames) => inBrackets(format(error, frames));
  }
}
