// Node as a place to measure in: a fresh process for each subject.
import { fork } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from '../bundle.mjs';

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

export const nodePlace = {
  key: `node-${process.versions.node}`,
  name: `Node ${process.versions.node}`,
  machine: { engine: `Node ${process.versions.node}, V8 ${process.versions.v8}`, ...thisMachine() },

  /** Starts a subject; resolves to `{ ask, close }`, or throws with the reason why it does not run here. */
  async open({ key, file }) {
    const path = file ?? (await bundle(`subjects/${key}.mjs`, 'node'));
    const child = fork(CHILD, [pathToFileURL(path).href], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const waiting = new Map();
    let complaint = '';
    const settle = ({ id, value, failed }) => {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      if (failed === undefined) resolve(value);
      else reject(new Error(failed));
    };
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      complaint = (complaint + chunk).slice(-2000);
    });
    child.on('message', settle);
    child.on('exit', (code, signal) => {
      const failed = `its process ended (${signal ?? code}) ${complaint.trim().split('\n').at(-1)}`;
      for (const id of [...waiting.keys()]) settle({ id, failed });
    });
    const answered = (id) => new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    let last = 0;
    try {
      await answered(0);
    } catch (error) {
      // A child that waits for messages would keep this process waiting, too.
      child.kill();
      throw error;
    }
    return {
      ask(type, message = {}) {
        last += 1;
        const answer = answered(last);
        if (child.connected) child.send({ id: last, type, ...message });
        else settle({ id: last, failed: 'its process has ended' });
        return answer;
      },
      async close() {
        child.kill();
      },
    };
  },

  async close() {},
};

export function thisMachine() {
  const [cpu] = cpus();
  return { cpu: cpu?.model.trim() ?? 'unknown', cores: cpus().length, system: process.platform };
}
