// A side of the race as the page sees it: a worker that is asked and answers.
import type { Process } from '../../../bench/rounds.mjs';

export interface Side extends Process {
  /** Ends the worker at once; what it was being asked is refused. */
  close(): void;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export function side(worker: Worker): Side {
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  const refuseAll = (reason: string) => {
    for (const { reject } of waiting.values()) reject(new Error(reason));
    waiting.clear();
  };
  worker.onmessage = ({ data: { id, value, failed } }) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (failed === undefined) one?.resolve(value);
    else one?.reject(new Error(failed));
  };
  worker.onerror = ({ message }) => refuseAll(message || 'its worker did not start');
  return {
    ask(type, message) {
      asked += 1;
      const id = asked;
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
      worker.postMessage({ id, type, ...message });
      return answer;
    },
    close() {
      worker.terminate();
      refuseAll('stopped');
    },
  };
}
