// Browsers as places to measure in: headless, a worker for each subject.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Problem } from '../../scripts/lib/problem.mjs';
import { ask as askProgram, cache } from '../../scripts/lib/run.mjs';
import { bundle } from '../bundle.mjs';
import { peersFolder } from '../peers.mjs';
import { thisMachine } from './node.mjs';
import { serve } from './server.mjs';

// Without a sandbox, since root has none; the pages are our own.
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

const BROWSERS = [
  {
    browser: 'chrome',
    key: 'chromium',
    title: 'Chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
  },
  { browser: 'firefox', key: 'firefox', title: 'Firefox', programs: ['firefox-esr', 'firefox'] },
];

/** The browsers that can be started here, and the names of those that are not there. */
export async function browserPlaces() {
  const puppeteer = await driver();
  const places = [];
  const missing = [];
  for (const { programs, ...browser } of BROWSERS) {
    const executablePath = programs.map((name) => askProgram('which', [name])).find(Boolean);
    if (executablePath) places.push(await start(puppeteer, executablePath, browser));
    else missing.push(browser.title);
  }
  return { places, missing };
}

async function driver() {
  try {
    const path = createRequire(join(peersFolder, 'any.js')).resolve('puppeteer-core');
    return (await import(pathToFileURL(path))).default;
  } catch {
    throw new Problem(
      'PEERS',
      'puppeteer-core, which drives the browsers, is not installed.',
      'It takes a registry once.',
    );
  }
}

async function start(puppeteer, executablePath, { browser, key, title }) {
  const profile = mkdtempSync(join(tmpdir(), 'normlayers-browser-'));
  const folders = { bundle: join(cache, 'bench', 'browser'), peers: peersFolder };
  const server = await serve(folders);
  await bundle('places/worker.mjs', 'browser');
  await bundle('places/page.mjs', 'browser');
  const program = await puppeteer.launch({
    browser,
    executablePath,
    headless: true,
    userDataDir: profile,
    protocolTimeout: 600_000,
    ...(browser === 'firefox' ? { extraPrefsFirefox: FIREFOX_PREFERENCES } : { args: CHROMIUM_FLAGS }),
  });
  const [page] = await program.pages();
  await page.goto(server.origin);
  await page.waitForFunction(() => typeof window.ask === 'function');
  const engine = (await program.version())
    .replace('/', ' ')
    .replace('HeadlessChrome', 'Chromium')
    .replace('Chrome ', 'Chromium ');
  return {
    key: `${key}-${engine.match(/[\d.]+/)?.[0].split('.')[0]}`,
    name: `${title} ${engine.match(/[\d.]+/)?.[0]}`,
    machine: { engine, ...thisMachine() },

    async open({ key: subject, file }) {
      const url = file
        ? served(folders, file)
        : `/bundle/${basename(await bundle(`subjects/${subject}.mjs`, 'browser'))}`;
      const index = await page.evaluate((at) => window.open(at), url);
      const ask = async (type, message = {}) => {
        const json = await page.evaluate((i, m) => window.ask(i, m), index, { type, ...message });
        const { value, failed } = JSON.parse(json, (_, v) => (v === 'Infinity' ? Number.POSITIVE_INFINITY : v));
        if (failed !== undefined) throw new Error(failed);
        return value;
      };
      await ask('ready');
      return { ask, close: () => page.evaluate((i) => window.close(i), index) };
    },

    async close() {
      await program.close();
      server.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The address of a subject from outside: its folder is served with it, since it may load what lies beside it. */
function served(folders, file) {
  const name = `outside-${Object.keys(folders).length}`;
  folders[name] = dirname(file);
  return `/${name}/${basename(file)}`;
}
