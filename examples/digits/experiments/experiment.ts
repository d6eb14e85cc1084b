// What every experiment is given.
import type { Digits } from '../images.ts';
import type { Settings } from '../settings.ts';
import type { Progress } from '../terminal.ts';

export interface Context {
  readonly digits: Digits;
  readonly settings: Settings;
  readonly progress: (title: string, total: number) => Progress;
}
