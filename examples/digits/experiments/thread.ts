// A benchmark subject in a thread of its own (bench/worker.mjs tells why), asked one thing at a time.
import { once } from 'node:events';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Case } from '../../../bench/cases.mjs';

// From the root of the repository, where the example runs: this file is bundled, that one is not.
const WORKER = resolve('bench/worker.mjs');

export type Outputs = Record<string, Float32Array | null>;

export class SubjectThread {
  #worker: Worker;

  constructor(subject: string) {
    this.#worker = new Worker(WORKER, { workerData: { subject } });
  }

  /** Makes a case ready; gives what a first run of it results in. */
  prepare(spec: Case): Promise<Outputs> {
    return this.#ask({ prepare: spec }) as Promise<Outputs>;
  }

  /** Milliseconds a run, over about `ms`. */
  sample(ms: number): Promise<number> {
    return this.#ask({ sample: ms }) as Promise<number>;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #ask(message: unknown): Promise<unknown> {
    this.#worker.postMessage(message);
    const [answer] = await once(this.#worker, 'message');
    return answer;
  }
}
