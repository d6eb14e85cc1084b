// Tabs after the pattern of the WAI-ARIA practices: arrows, Home and End move and choose, Tab goes on into the panel.
// The chosen one is in the address, so that it can be linked to.
import { set } from './dom.ts';

export function tabs(list: HTMLElement, changed: (id: string) => void): void {
  const all = [...list.querySelectorAll<HTMLButtonElement>('[role=tab]')];
  const panelOf = (tab: HTMLElement) => document.getElementById(tab.getAttribute('aria-controls')!)!;

  const choose = (chosen: HTMLButtonElement) => {
    for (const tab of all) {
      set(tab, { 'aria-selected': String(tab === chosen), tabindex: tab === chosen ? 0 : -1 });
      panelOf(tab).hidden = tab !== chosen;
    }
    changed(panelOf(chosen).id);
  };
  const named = () => all.find((tab) => panelOf(tab).id === location.hash.slice(1)) ?? all[0]!;
  const go = (tab: HTMLButtonElement) => {
    history.replaceState(null, '', `#${panelOf(tab).id}`);
    choose(tab);
    tab.focus();
  };

  for (const [i, tab] of all.entries()) {
    tab.addEventListener('click', () => go(tab));
    tab.addEventListener('keydown', (event) => {
      const next = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: -1 }[event.key];
      if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      go(all.at(next % all.length)!);
    });
  }
  window.addEventListener('hashchange', () => choose(named()));
  choose(named());
}
