// Browsers of the system, started headless: for the benchmark and for tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installInto } from './packages.mjs';
import { Problem } from './problem.mjs';
import { ask, cache } from './run.mjs';

const folder = join(cache, 'browsers');
const DRIVER = { 'puppeteer-core': '24.8.2' };

/** Without a sandbox, since root has none; the pages are our own. */
export const CHROMIUM_FLAGS = [
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

/** Where the program of a browser is on this machine, or undefined. */
export const programOf = ({ programs }) => programs.map((name) => ask('which', [name])).find(Boolean);

/** Installs what drives the browsers; returns null, or what npm said when it could not. */
export const installDriver = () => installInto(folder, DRIVER);

async function driver() {
  try {
    const path = createRequire(join(folder, 'any.js')).resolve('puppeteer-core');
    return (await import(pathToFileURL(path))).default;
  } catch {
    throw new Problem(
      'DRIVER',
      'puppeteer-core, which drives the browsers, is not installed.',
      'Connect to the network, and run the command again.',
    );
  }
}

/** Starts a browser of the list, with a profile of its own: its page, what it is, and how to end it. */
export async function launch(one) {
  const puppeteer = await driver();
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
