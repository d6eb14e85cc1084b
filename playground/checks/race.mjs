// The race: reached by keyboard, which ends training; its results are checked, timed and told.
import assert from 'node:assert/strict';

export const race = [
  [
    'goes from tab to tab by keyboard, and stops training for the race',
    async (visit) => {
      const state = () =>
        visit.page.evaluate(() => ({
          focused: document.activeElement.textContent,
          selected: document.querySelector('[role=tab][aria-selected=true]').textContent,
          shown: [...document.querySelectorAll('[role=tabpanel]')].filter((e) => !e.hidden).map(({ id }) => id),
          tabbable: [...document.querySelectorAll('[role=tab]')].filter((e) => e.tabIndex === 0).length,
          hash: location.hash,
        }));
      const race = { focused: 'Race', selected: 'Race', shown: ['race'], tabbable: 1, hash: '#race' };
      const train = { focused: 'Train', selected: 'Train', shown: ['train'], tabbable: 1, hash: '#train' };
      await visit.look();
      await visit.load('#train');
      await visit.until(() => !document.querySelector('#train .primary').disabled);
      await visit.keys('#train .primary', 'Enter');
      await visit.until(() => document.querySelector('#train .primary').textContent === 'Pause');
      await visit.keys('#tab-train', 'ArrowRight');
      assert.deepEqual(await state(), race);
      await visit.page.keyboard.press('ArrowRight');
      assert.deepEqual(await state(), train);
      await visit.page.keyboard.press('End');
      assert.deepEqual(await state(), race);
      await visit.page.keyboard.press('Home');
      assert.deepEqual(await state(), train);
      await visit.page.keyboard.press('ArrowLeft');
      assert.deepEqual(await state(), race);
      await visit.until(() => document.querySelector('#train .primary').textContent === 'Train');
      await visit.page.keyboard.press('Tab');
      assert.equal(await visit.page.evaluate(() => document.activeElement.id), 'operation');
    },
  ],
  [
    'races layer norm, checked and told',
    async (visit) => {
      await visit.page.select('#operation', 'layerNorm');
      assert.ok((await visit.texts('#shape option')).includes('64 × 128'));
      await visit.page.select('#shape', '0');
      await visit.keys('#race .primary', 'Enter');
      await visit.until(() => /^Done/.test(document.querySelector('#race .status').textContent), 60);
      assert.deepEqual(await visit.texts('.results h3'), [
        'Layer norm forward, 64 × 128',
        'Layer norm backward, 64 × 128',
      ]);
      const times = (await visit.texts('.results .time')).map(Number.parseFloat);
      assert.equal(times.length, 4);
      for (const time of times) assert.ok(time > 0 && time < 1000, `${time} ns`);
      for (const remark of await visit.texts('.results .remark')) assert.match(remark, /^± \d+ %, error [\d.<]/);
      await visit.until(() => /^Done/.test(document.querySelector('[role=status]').textContent));
      await visit.shot('raced');
      return (await visit.texts('.results .ratio')).join('; ');
    },
  ],
  [
    'keeps one place for a case, and stops when told',
    async (visit) => {
      await visit.page.click('#race .primary');
      await visit.until(() => document.querySelector('#race .primary').textContent === 'Race', 60);
      assert.equal((await visit.texts('.results h3')).length, 2);
      await visit.page.select('#operation', 'every');
      await visit.page.click('#race .primary');
      await visit.until(() => document.querySelectorAll('.results h3').length === 3, 60);
      await visit.page.click('#race .primary');
      await visit.until(() => document.querySelector('#race .status').textContent === 'Stopped.');
    },
  ],
];
