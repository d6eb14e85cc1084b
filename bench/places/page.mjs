// The page of a browser run: it starts workers and passes messages on. Answers travel as JSON, which has no infinity.
const workers = [];

window.open = (subject) => {
  const worker = new Worker(`/bundle/places-worker.mjs?subject=${encodeURIComponent(subject)}`, { type: 'module' });
  const waiting = new Map();
  worker.onmessage = ({ data: { id, ...answer } }) => {
    waiting.get(id)(answer);
    waiting.delete(id);
  };
  worker.onerror = (event) => {
    for (const resolve of waiting.values()) resolve({ failed: event.message ?? 'its worker did not start' });
    waiting.clear();
  };
  workers.push({ worker, waiting });
  return workers.length - 1;
};

window.ask = async (index, message) => {
  const { worker, waiting } = workers[index];
  const id = Math.random();
  const answer = new Promise((resolve) => waiting.set(id, resolve));
  worker.postMessage({ id, ...message });
  return JSON.stringify(await answer, (_, value) => (value === Number.POSITIVE_INFINITY ? 'Infinity' : value));
};

window.close = (index) => workers[index].worker.terminate();
