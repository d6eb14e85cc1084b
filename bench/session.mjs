// What the benchmark and the measurement of errors have in common: peers, subjects opened in a place, results written.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from '../scripts/lib/run.mjs';
import { dim, say, step } from '../scripts/lib/terminal.mjs';
import { installPeers } from './peers.mjs';

/** Installs the peers; where that is not possible the run goes on with what is here. */
export async function peersAreThere() {
  const done = step('peers', 'the first time, 200 MB are installed');
  const complaint = await installPeers();
  done(!complaint, complaint ? 'not installed; the run goes on without them' : '');
  if (complaint) say(dim(`    ${complaint.split('\n').slice(-2).join('\n    ')}`));
  return !complaint;
}

/** A process for each subject, or the reason why there is none. */
export async function openAll(place, subjects) {
  const opened = [];
  for (const subject of subjects) {
    try {
      opened.push({ subject, process: await place.open(subject) });
    } catch (error) {
      opened.push({ subject, failed: error.message });
    }
  }
  return opened;
}

/** What is measured, and where: the hash of the module tells one build from another. */
export function origin({ name, machine }) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const wasm = createHash('sha256').update(readFileSync(join(root, 'dist/normlayers.wasm')));
  return { place: name, machine, made: new Date().toISOString(), version, wasm: wasm.digest('hex').slice(0, 16) };
}

/** Results go to the folder asked for; those of a whole run into the repository, whose documents `write` then writes. */
export async function keepResults({ out, whole, name, results, write }) {
  if (out) writeResults(resolve(out), name, results);
  else if (whole) {
    writeResults(join(root, 'bench/results'), name, results);
    await write();
  } else say(dim('\n  Not a whole run: no results are written.'));
}

function writeResults(folder, name, results) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.json`);
  writeFileSync(path, `${JSON.stringify(results, rounded)}\n`);
  say(`\n  Results: ${path}`);
}

/** Five digits tell all that was measured; JSON has no infinity, which stands for what is not finite: null. */
const rounded = (_, value) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
