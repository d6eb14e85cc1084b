// A race as the benchmark runs it: both sides checked against the oracle, warmed up, timed in turns, checked again.
import type { Case } from '../../../bench/cases.mjs';
import { inTurns, type Settings, type Shown, shown } from '../../../bench/rounds.mjs';
import { type Side, side } from './side.ts';

export const SETTINGS: Settings = { rounds: 11, ms: 8, warm: 120 };

export interface Result {
  readonly spec: Case;
  readonly ours: Shown;
  readonly theirs: Shown;
}

export class Race {
  #sides: readonly [Side, Side];
  #stopped = false;

  constructor() {
    this.#sides = [
      side(new Worker(new URL('./normlayers.worker.ts', import.meta.url), { type: 'module' })),
      side(new Worker(new URL('./javascript.worker.ts', import.meta.url), { type: 'module' })),
    ];
  }

  /** One result after the other, until it is stopped. */
  async *run(specs: readonly Case[]): AsyncGenerator<Result> {
    for (const spec of specs) {
      const [ours, theirs] = await inTurns(
        this.#sides.map((process) => ({ spec, process })),
        SETTINGS,
      );
      if (this.#stopped) return;
      yield { spec, ours: shown(ours!), theirs: shown(theirs!) };
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const { close } of this.#sides) close();
  }
}
