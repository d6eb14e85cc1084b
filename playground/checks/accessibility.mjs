// What axe finds on a page that has something to show everywhere: light and dark, on both tabs, wide and narrow.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const looks = ['light', 'dark'].flatMap((scheme) => [1280, 390].map((width) => ({ scheme, width, height: 844 })));

export const accessibility = looks.map((look) => [
  `axe finds nothing: ${look.scheme}, ${look.width} pixels`,
  async (visit) => {
    await visit.look(look);
    await fill(visit);
    let rules = 0;
    for (const tab of ['race', 'train']) {
      await visit.page.click(`#tab-${tab}`);
      await visit.page.addScriptTag({ path: AXE });
      const { violations, passes } = await visit.page.evaluate(() => window.axe.run());
      assert.deepEqual(violations.map(told), []);
      rules = Math.max(rules, passes.length);
      await visit.shot(`${tab}-${look.scheme}-${look.width}`);
    }
    return `${rules} rules passed`;
  },
]);

const told = ({ id, nodes }) =>
  `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 150)} ${failureSummary}`).join('\n')}`;

/** A short training, an answer of the nets, and a race. */
async function fill({ page, load, until }) {
  await load('#train');
  await until(() => !document.querySelector('#train .primary').disabled);
  await page.click('#train .primary');
  await until(
    () => Number.parseFloat(document.querySelector('.scores li:nth-child(2) .figure')?.textContent) > 30,
    120,
  );
  await page.click('.samples button:nth-child(8)');
  await until(() => document.querySelector('.verdicts .said')?.textContent.includes('%'));
  await page.click('#tab-race');
  await page.select('#operation', 'layerNorm');
  await page.click('#race .primary');
  await until(() => /^Done/.test(document.querySelector('#race .status').textContent), 60);
}
