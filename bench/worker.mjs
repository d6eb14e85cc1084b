// One subject in a thread of its own. JavaScript is to be timed in one: when a WebAssembly memory grows, V8 gives up an
// assumption about typed arrays for the whole thread, and JavaScript on them takes 1.4 to 2 times as long from then on
// (Node 20, measured). Messages: `{ prepare: spec }` → the outputs of a first run; `{ sample: ms }` → milliseconds a run.
import { parentPort, workerData } from 'node:worker_threads';
import { inputs } from './inputs.mjs';
import { sample } from './sample.mjs';

const { default: subject } = await import(new URL(workerData.subject, import.meta.url));
let prepared = null;

parentPort.on('message', async (message) => {
  if (message.prepare) {
    prepared?.dispose();
    prepared = await subject.prepare(message.prepare, inputs(message.prepare));
    prepared.run();
    parentPort.postMessage(prepared.outputs());
  } else {
    parentPort.postMessage(sample(prepared.run, message.sample));
  }
});
