// The page: two panels under tabs. Whoever goes to race stops training, which would run beside the clock.
import { listen } from './announce.ts';
import { racePanel } from './race/panel.ts';
import { tabs } from './tabs.ts';
import { trainPanel } from './train/panel.ts';

const byId = (id: string) => document.getElementById(id)!;

listen();
const train = trainPanel(byId('train'));
const race = racePanel(byId('race'));

tabs(document.querySelector<HTMLElement>('[role=tablist]')!, (id) => {
  if (id === 'race') train.pause();
  else race.stop();
});
document.addEventListener('visibilitychange', () => {
  if (document.hidden) train.pause();
});
