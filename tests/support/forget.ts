// The collector, when the tests want it: what was forgotten is then gone, and its finalisers have run.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
export const collect = runInNewContext('gc') as () => void;

/** Milliseconds for a test that waits for the collector, which may be slow on a busy machine. */
export const PATIENCE = 60_000;

/** Collects until the condition holds, or gives up. */
export async function collected(done: () => boolean): Promise<boolean> {
  for (let i = 0; i < 50 && !done(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  return done();
}
