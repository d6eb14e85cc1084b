// A Node process of its own for one subject, whose module is its argument. What disturbs others stays in here: a
// WebAssembly memory that grows makes JavaScript on typed arrays in the same isolate 1.4 to 2 times slower.
import { host } from '../host.mjs';

// Peers greet on the console; the parent's table is no place for it.
for (const word of ['log', 'info', 'warn', 'debug']) console[word] = () => {};

let answer;
process.on('message', async ({ id, ...message }) => {
  process.send({ id, ...(await answer(message)) });
});
process.on('disconnect', () => process.exit());

try {
  const { default: subject } = await import(process.argv[2]);
  answer = host(subject);
  process.send({ id: 0, value: 'ready' });
} catch (error) {
  process.send({ id: 0, failed: String(error?.message ?? error) });
}
