// A worker that holds one side of the race: whatever it is asked goes to the benchmark's own host.
import type { Subject } from '../../../bench/cases.d.mts';
import { host, type Message } from '../../../bench/host.mjs';

export function answerFor(subject: Subject): void {
  const answer = host(subject);
  self.onmessage = async ({ data: { id, ...message } }: MessageEvent<Message & { id: number }>) => {
    self.postMessage({ id, ...(await answer(message as Message)) });
  };
}
