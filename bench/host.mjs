// What runs beside a subject in its own process or worker: it checks the subject's outputs, then times it.
import { inputs } from './inputs.mjs';
import { errors, expectation } from './oracle.mjs';

/** Reads the clock after so many runs that reading it costs nothing, even where it ticks in steps of 0.1 ms. */
const LEAST_BETWEEN_READINGS = 0.5;

/**
 * Answers messages about one subject; an answer of `{ failed }` tells why there is none. It holds as many cases at once
 * as it is given names for (`as`), so that they can be timed in turns.
 */
export function host(subject) {
  const held = new Map();

  const answers = {
    async prepare({ as, spec, given }) {
      await answers.release({ as });
      const operands = given ?? inputs(spec);
      const prepared = await subject.prepare(spec, operands);
      if (!prepared) return { supported: false };
      const one = { prepared, expected: null, batch: 1 };
      held.set(as, one);
      await prepared.run();
      // The copy that shows the speed of memory has an expectation of its own.
      one.expected = (subject.expectation ?? expectation)(spec, operands);
      return { supported: true, name: subject.name, note: prepared.note, errors: await answers.check({ as }) };
    },
    async sample({ as, ms }) {
      const one = held.get(as);
      const start = performance.now();
      let runs = 0;
      let now = start;
      do {
        const before = now;
        for (let i = 0; i < one.batch; i += 1) {
          const pending = one.prepared.run();
          if (pending?.then) await pending;
        }
        runs += one.batch;
        now = performance.now();
        if (now - before < LEAST_BETWEEN_READINGS) one.batch *= 2;
      } while (now - start < ms);
      return (now - start) / runs;
    },
    async check({ as }) {
      const { expected, prepared } = held.get(as);
      return errors(expected, await prepared.outputs());
    },
    async release({ as }) {
      const one = held.get(as);
      held.delete(as);
      await one?.prepared.dispose();
    },
  };
  return async ({ type, ...message }) => {
    try {
      return { value: await answers[type](message) };
    } catch (error) {
      return { failed: String(error?.message ?? error) };
    }
  };
}
