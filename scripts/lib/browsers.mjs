// Browsers of the system, started headless: for the benchmark and for tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from './run.mjs';

/** Without a sandbox, since root has none; the pages are our own. */
const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// Firefox's clock ticks in whole milliseconds otherwise.
const FIREFOX_PREFERENCES = { 'privacy.reduceTimerPrecision': false };

/** What we know how to start; `browser` is the driver's word for it, `debian` the package that has it. */
export const browsers = [
  {
    browser: 'chrome',
    key: 'chromium',
    title: 'Chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    debian: 'chromium',
  },
  {
    browser: 'firefox',
    key: 'firefox',
    title: 'Firefox',
    programs: ['firefox-esr', 'firefox'],
    debian: 'firefox-esr',
  },
];

/** The one that every page is looked at in. */
export const [chromium] = browsers;

/** Where the program of a browser is on this machine, or undefined. */
export const programOf = ({ programs }) => programs.map((name) => ask('which', [name])).find(Boolean);

/** Starts a browser of the list, with a profile of its own: its first page, what it is, and how to end it. */
export async function launch(one) {
  // Not at load: `npm run browsers` needs no packages.
  const { default: puppeteer } = await import('puppeteer-core');
  const profile = mkdtempSync(join(tmpdir(), 'normlayers-browser-'));
  const program = await puppeteer.launch({
    browser: one.browser,
    executablePath: programOf(one),
    headless: true,
    userDataDir: profile,
    protocolTimeout: 600_000,
    ...(one.browser === 'firefox' ? { extraPrefsFirefox: FIREFOX_PREFERENCES } : { args: CHROMIUM_FLAGS }),
  });
  const [page] = await program.pages();
  const engine = (await program.version())
    .replace('/', ' ')
    .replace('HeadlessChrome', 'Chromium')
    .replace('Chrome ', 'Chromium ');
  return {
    page,
    engine,
    version: engine.match(/[\d.]+/)?.[0],
    async close() {
      await program.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
