// Runs the code of the guide to workers and worklets where it belongs, a page: it is bundled as it stands, and has to
// normalize what its worker is posted and level what its worklet is played.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../scripts/lib/run.mjs';
import { serve } from '../scripts/lib/server.mjs';

const GUIDE = join(root, 'docs/guides/workers.md');
const HTML =
  '<!doctype html><title>The guide</title><link rel="icon" href="data:,"><base href="/guide/"><button>Start</button>';

/** What a reader would have, or add, around a block. */
const BEFORE = { main: 'const values = Float32Array.from({ length: 64 * 16 }, (_, i) => 100 + Math.sin(i * i));\n' };
const AFTER = {
  main: 'window.answer = Array.from(y);\n',
  page: `
const tone = new OscillatorNode(context, { frequency: 440 });
const analyser = new AnalyserNode(context, { fftSize: 2048 });
tone.connect(new GainNode(context, { gain: 0.1 })).connect(node).connect(analyser);
tone.start();
const heard = new Float32Array(2048);
do {
  await new Promise((resolve) => setTimeout(resolve, 50));
  analyser.getFloatTimeDomainData(heard);
} while (heard.some((value) => value === 0));
window.answer = Array.from(heard);
`,
};

/** The blocks that have a name, by it: `// worker.ts`. */
function blocks() {
  const text = readFileSync(GUIDE, 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^```ts\n\/\/ (\w+)\.ts\n([\s\S]*?)^```/gm)].map(([, name, code]) => [name, code]),
  );
}

async function bundle(folder) {
  const found = blocks();
  for (const [name, code] of Object.entries(found)) {
    writeFileSync(join(folder, `${name}.ts`), `${BEFORE[name] ?? ''}${code}${AFTER[name] ?? ''}`);
  }
  await build({
    entryPoints: Object.keys(found).map((name) => join(folder, `${name}.ts`)),
    outdir: folder,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    alias: { normlayers: join(root, 'dist/index.js') },
    logLevel: 'silent',
  });
}

const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const meanSquareOf = (values) => meanOf(values.map((value) => value * value));

/** What is wrong with the guide, in words; `page` is of a browser. */
export async function workersFaults(page) {
  const folder = mkdtempSync(join(tmpdir(), 'normlayers-guide-'));
  const { origin, close } = await serve({ guide: folder }, HTML);
  const faults = [];
  /** What a block leaves as its answer. */
  const answerOf = async (name) => {
    await page.goto(origin);
    await page.evaluate((module) => {
      document.querySelector('button').onclick = () =>
        import(module).catch((error) => {
          window.failed = `${error}`;
        });
    }, `/guide/${name}.js`);
    // Browsers play nothing before a visitor has done something.
    await page.click('button');
    const done = await page.waitForFunction(() => window.answer ?? window.failed).then((handle) => handle.jsonValue());
    if (typeof done === 'string') throw new Error(done);
    return done;
  };
  try {
    await bundle(folder);
    const y = await answerOf('main');
    // Eight groups of eight channels of sixteen pixels.
    for (let group = 0; group < 8; group += 1) {
      const values = y.slice(128 * group, 128 * (group + 1));
      const [mean, meanSquare] = [meanOf(values), meanSquareOf(values)];
      if (values.length !== 128 || Math.abs(mean) > 1e-5 || Math.abs(meanSquare - 1) > 1e-3) {
        faults.push(`the worker's group ${group} has the mean ${mean} and the mean square ${meanSquare}`);
      }
    }
    const power = meanSquareOf(await answerOf('page'));
    if (Math.abs(power - 0.005 / 0.0051) > 0.05) faults.push(`the worklet's output has the mean square ${power}`);
  } catch (error) {
    faults.push(error.message);
  } finally {
    close();
    rmSync(folder, { recursive: true, force: true });
  }
  return faults;
}
