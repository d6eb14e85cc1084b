// What a run can be asked for on the command line.
import { parseArgs } from 'node:util';

export interface Options {
  readonly quick: boolean;
  /** The folder of the report. */
  readonly out: string;
}

const KNOWN = '--quick (less of everything) and --out FOLDER (where the report goes)';

/** Throws what one line can tell. */
export function parse(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        out: { type: 'string', default: 'examples/digits/report' },
      },
    });
    return values;
  } catch (error) {
    const [problem] = (error as Error).message.split(/[.\n]/);
    throw new RangeError(`${problem}; there are ${KNOWN}`);
  }
}
