// What runs beside a subject in its own process or worker: it checks the subject's outputs, then times it.
import { inputs } from './inputs.mjs';
import { errors, expectation } from './oracle.mjs';

/** Reads the clock after so many runs that reading it costs nothing, even where it ticks in steps of 0.1 ms. */
const LEAST_BETWEEN_READINGS = 0.5;

/** Answers messages about one subject; an answer of `{ failed }` tells why there is none. */
export function host(subject) {
  let prepared = null;
  let expected = null;
  let batch = 1;

  const release = async () => {
    await prepared?.dispose();
    prepared = null;
    expected = null;
  };
  const check = async () => errors(expected, await prepared.outputs());
  const answers = {
    async prepare({ spec, given }) {
      await release();
      batch = 1;
      const operands = given ?? inputs(spec);
      prepared = await subject.prepare(spec, operands);
      if (!prepared) return { supported: false };
      await prepared.run();
      // The copy that shows the speed of memory has an expectation of its own.
      expected = (subject.expectation ?? expectation)(spec, operands);
      return { supported: true, name: subject.name, note: prepared.note, errors: await check() };
    },
    async sample({ ms }) {
      const start = performance.now();
      let runs = 0;
      let now = start;
      do {
        const before = now;
        for (let i = 0; i < batch; i += 1) {
          const pending = prepared.run();
          if (pending?.then) await pending;
        }
        runs += batch;
        now = performance.now();
        if (now - before < LEAST_BETWEEN_READINGS) batch *= 2;
      } while (now - start < ms);
      return (now - start) / runs;
    },
    check,
    release,
  };
  return async ({ type, ...message }) => {
    try {
      return { value: await answers[type](message) };
    } catch (error) {
      return { failed: String(error?.message ?? error) };
    }
  };
}
