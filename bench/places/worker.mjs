// A worker of its own for one subject, whose module is in the query: an isolate that no other subject can disturb.
import { host } from '../host.mjs';

const loaded = import(new URL(self.location.href).searchParams.get('subject')).then(({ default: subject }) =>
  host(subject),
);

self.onmessage = async ({ data: { id, ...message } }) => {
  try {
    const answer = await loaded;
    self.postMessage({ id, ...(message.type === 'ready' ? { value: true } : await answer(message)) });
  } catch (error) {
    self.postMessage({ id, failed: String(error?.message ?? error) });
  }
};
