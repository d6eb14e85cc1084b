// Where WebAssembly may not run, the page says so, and what helps.
import assert from 'node:assert/strict';

export const unsupported = [
  [
    'says what is missing under a policy without WebAssembly',
    async (visit) => {
      visit.server.headers['content-security-policy'] = "script-src 'self'";
      await visit.look();
      await visit.load('#train');
      await visit.page.waitForSelector('[role=alert]');
      const [alert] = await visit.texts('[role=alert]');
      assert.match(alert, /normlayers cannot run here/);
      assert.match(alert, /wasm-unsafe-eval/);
      assert.equal(await visit.page.$eval('#train .primary', ({ disabled }) => disabled), true);
      await visit.shot('unsupported');
      // The browser reports the refusal itself.
      visit.complaints();
      delete visit.server.headers['content-security-policy'];
    },
  ],
];
