// In a page that has a worker answer. Workers know no import map, hence the paths.
const worker = new Worker('/project/worker.mjs', { type: 'module' });
worker.onmessage = ({ data }) => {
  document.documentElement.dataset.answer = JSON.stringify(data);
};
worker.onerror = ({ message }) => {
  document.documentElement.dataset.answer = JSON.stringify({ refused: { message } });
};
