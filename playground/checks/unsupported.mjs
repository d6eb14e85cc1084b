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
      assert.match(alert, /^normlayers cannot run here/);
      assert.match(alert, /update yours/);
      assert.match(alert, /add 'wasm-unsafe-eval' to script-src/);
      assert.equal(await visit.page.$eval('#train .primary', ({ disabled }) => disabled), true);
      await visit.shot('unsupported');
      await visit.page.click('#tab-race');
      await visit.page.select('#operation', 'layerNorm');
      await visit.page.click('#race .primary');
      await visit.until(() => document.querySelectorAll('.results > li').length === 2, 30);
      const [ours, theirs] = await visit.texts('.results dd');
      assert.match(ours, /^could not run: .*wasm-unsafe-eval/);
      assert.match(theirs, /^[\d.]+ ns/);
      // The browser reports the refusal itself.
      visit.complaints();
      delete visit.server.headers['content-security-policy'];
    },
  ],
];
