// Runs blocks of the documentation, each as a module of a thread of its own, and prints what stopped each as JSON: null,
// our own errors by their code, others by their stack. In the threads there is `Worker` as on the web, on top of Node's.

import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker as Thread, workerData } from 'node:worker_threads';
import { isNormError } from 'normlayers';

const IN_WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  globalThis.postMessage = (message, { transfer }) => parentPort.postMessage(message, transfer);
  const early = [];
  const queue = (message) => early.push(message);
  parentPort.on('message', queue);
  globalThis.addEventListener = (_type, listener) => {
    parentPort.off('message', queue);
    parentPort.on('message', (data) => listener({ data }));
    for (const data of early.splice(0)) listener({ data });
  };
  import(workerData);
`;

class WebWorker {
  #thread;
  constructor(url) {
    this.#thread = new Thread(IN_WORKER, { eval: true, workerData: url.href });
    this.#thread.on('message', (data) => this.onmessage?.({ data }));
    this.#thread.on('error', (error) => {
      throw error;
    });
  }
  postMessage(message) {
    this.#thread.postMessage(message);
  }
  terminate() {
    return this.#thread.terminate();
  }
}

/** What stops the block in `file`; one that never ends is stopped, too. */
function run(file) {
  return new Promise((resolve) => {
    const thread = new Thread(fileURLToPath(import.meta.url), { workerData: file, stdout: true, stderr: true });
    const patience = setTimeout(() => end('It did not end within half a minute.'), 30_000);
    const end = (failure) => {
      clearTimeout(patience);
      thread.terminate();
      resolve(failure);
    };
    thread.on('message', end);
    thread.on('error', (error) => end(String(error?.stack ?? error)));
  });
}

if (isMainThread) {
  const files = process.argv.slice(2);
  const failures = {};
  const next = async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) failures[file] = await run(file);
  };
  await Promise.all([next(), next()]);
  process.stdout.write(JSON.stringify(failures));
} else {
  globalThis.Worker = WebWorker;
  try {
    await import(pathToFileURL(workerData).href);
    parentPort.postMessage(null);
  } catch (error) {
    parentPort.postMessage(isNormError(error) ? `NormError ${error.code}` : String(error?.stack ?? error));
  }
}
