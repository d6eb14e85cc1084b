// What axe finds, light and dark, on both tabs, wide and narrow; the page is as the checks before have left it.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const looks = ['light', 'dark'].flatMap((scheme) => [1280, 390].map((width) => ({ scheme, width, height: 844 })));

export const accessibility = looks.map((look) => [
  `axe finds nothing serious: ${look.scheme}, ${look.width} pixels`,
  async (visit) => {
    await visit.look(look);
    let rules = 0;
    for (const tab of ['race', 'train']) {
      await visit.page.click(`#tab-${tab}`);
      await visit.page.addScriptTag({ path: AXE });
      const { violations, passes } = await visit.page.evaluate(() => window.axe.run());
      const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
      assert.deepEqual(
        serious.map(
          ({ id, nodes }) =>
            `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 150)} ${failureSummary}`).join('\n')}`,
        ),
        [],
      );
      rules = Math.max(rules, passes.length);
      await visit.shot(`${tab}-${look.scheme}-${look.width}`);
    }
    return `${rules} rules passed`;
  },
]);
