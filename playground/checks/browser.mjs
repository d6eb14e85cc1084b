// A browser with the page open in it, and what every check needs to use it as a person would.
import { join } from 'node:path';
import { chromium, launch, programOf } from '../../scripts/lib/browsers.mjs';
import { serve } from './server.mjs';

/** Null when there is no browser. */
export async function open(folder, shots) {
  if (!programOf(chromium)) return null;
  const server = await serve(folder, '/some/where/');
  const { page, close } = await launch(chromium);
  return {
    visit: visit(page, server, shots),
    async close() {
      await close();
      server.close();
    },
  };
}

function visit(page, server, shots) {
  let complaints = [];
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));

  return {
    page,
    server,
    /** What the console has said since it was last asked. */
    complaints() {
      const said = complaints;
      complaints = [];
      return said;
    },
    async load(hash = '') {
      await page.goto('about:blank');
      await page.goto(`${server.url}${hash}`);
    },
    look: ({ width = 1280, height = 900, scheme = 'light' } = {}) =>
      Promise.all([
        page.setViewport({ width, height }),
        page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]),
      ]),
    shot: (name) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: true }),
    texts: (selector) => page.$$eval(selector, (found) => found.map(({ textContent }) => textContent.trim())),
    /**
     * Waits until the function, which runs in the page and must not throw, says true; long, since a machine that is busy
     * with something else is no fault of the page's.
     */
    until: (what, seconds = 60, ...args) =>
      page.waitForFunction(what, { timeout: 1000 * seconds, polling: 100 }, ...args),
    async keys(selector, ...keys) {
      await page.focus(selector);
      for (const key of keys) await page.keyboard.press(key);
    },
  };
}
