// Browsers without a bundler: an import map, the core streaming its module, a worker, an AudioWorklet, and pages under a
// content security policy, with and without what WebAssembly needs.
import { browsers as known, launch, programOf } from '../lib/browsers.mjs';
import { Problem } from '../lib/problem.mjs';
import { serve } from '../lib/server.mjs';

const POLICY = "default-src 'self'; script-src 'self'";
const ALLOWING = `${POLICY} 'wasm-unsafe-eval'`;
const IMPORT_MAP = `<script type="importmap">${JSON.stringify({
  imports: {
    normlayers: '/project/node_modules/normlayers/dist/index.js',
    'normlayers/core': '/project/node_modules/normlayers/dist/core.js',
  },
})}</script>`;

export const pageWith = (script, head = '') =>
  `<!doctype html><title>normlayers</title>${head}<script type="module" src="/project/${script}"></script>`;

const PAGES = {
  map: { html: pageWith('page.mjs', IMPORT_MAP) },
  core: { html: pageWith('page-core.mjs', IMPORT_MAP) },
  worker: { html: pageWith('page-worker.mjs') },
  worklet: { html: pageWith('page-worklet.mjs') },
  allowed: { html: pageWith('page-by-path.mjs'), policy: ALLOWING },
  refused: { html: pageWith('page-by-path.mjs'), policy: POLICY },
};

// A machine that is busy with something else is no fault of the page's.
const PATIENCE = 120_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts a browser, or says why it is absent. */
export async function openBrowser(one) {
  if (!programOf(one)) throw new Problem('ABSENT', 'not installed on this machine');
  return launch(one);
}

/** Loads an address and waits for the answer that its script leaves in the document; a policy forbids to wait in there. */
export async function answerIn(page, address) {
  const said = [];
  const hear = (event) => said.push(typeof event.text === 'function' ? event.text() : event.message);
  page.on('console', hear).on('pageerror', hear);
  try {
    await page.goto(address, { waitUntil: 'domcontentloaded', timeout: PATIENCE });
    for (const start = Date.now(); Date.now() - start < PATIENCE; await pause(20)) {
      const answer = await page.evaluate(() => document.documentElement.dataset.answer);
      if (answer !== undefined) return JSON.parse(answer);
    }
    throw new Error(`no answer: ${said.join('; ') || 'the console is empty'}`);
  } finally {
    page.off('console', hear).off('pageerror', hear);
  }
}

const inBrowser = (one) => ({
  name: one.title,
  async open({ folder }) {
    const { page, version, close } = await openBrowser(one);
    const { origin, close: stop } = await serve({ project: folder }, PAGES);
    return {
      version,
      ways: Object.fromEntries(Object.keys(PAGES).map((name) => [name, () => answerIn(page, `${origin}/${name}`)])),
      async close() {
        stop();
        await close();
      },
    };
  },
});

export const inBrowsers = {
  key: 'browsers',
  title: 'Browsers, without a bundler',
  columns: {
    map: 'import map',
    core: 'core',
    worker: 'worker',
    worklet: 'AudioWorklet',
    allowed: 'CSP that allows',
    refused: 'CSP that refuses',
  },
  judge: { refused: 'refusal', otherwise: 'numbers' },
  places: known.map(inBrowser),
};
