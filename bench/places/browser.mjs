// Browsers as places to measure in: headless, a worker for each subject.
import { basename, dirname, join } from 'node:path';
import { browsers, launch, programOf } from '../../scripts/lib/browsers.mjs';
import { cache } from '../../scripts/lib/run.mjs';
import { serve } from '../../scripts/lib/server.mjs';
import { bundle } from '../bundle.mjs';
import { peersFolder } from '../peers.mjs';
import { thisMachine } from './node.mjs';

const PAGE = '<!doctype html><title>normlayers</title><script type="module" src="/bundle/places-page.mjs"></script>';

/** The browsers that can be started here, and the names of those that are not there. */
export async function browserPlaces() {
  const places = [];
  const missing = [];
  for (const one of browsers) {
    if (programOf(one)) places.push(await start(one));
    else missing.push(one.title);
  }
  return { places, missing };
}

async function start(one) {
  const folders = { bundle: join(cache, 'bench', 'browser'), peers: peersFolder };
  const server = await serve(folders, PAGE);
  await bundle('places/worker.mjs', 'browser');
  await bundle('places/page.mjs', 'browser');
  const { page, engine, version, close } = await launch(one);
  await page.goto(server.origin);
  await page.waitForFunction(() => typeof window.ask === 'function');
  return {
    key: `${one.key}-${version.split('.')[0]}`,
    name: `${one.title} ${version}`,
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
      await close();
      server.close();
    },
  };
}

/** The address of a subject from outside: its folder is served with it, since it may load what lies beside it. */
function served(folders, file) {
  const name = `outside-${Object.keys(folders).length}`;
  folders[name] = dirname(file);
  return `/${name}/${basename(file)}`;
}
