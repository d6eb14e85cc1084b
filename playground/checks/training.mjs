// Training: the nets learn, can be steered while they do, and tell what was drawn.
import assert from 'node:assert/strict';

const TRAIN = '#train .primary';

const remarks = ({ texts }) => texts('.scores .remark');
const steps = async (visit) =>
  (await remarks(visit)).map((text) => Number(/step ([\d,]+)/.exec(text)[1].replace(',', '')));
const names = ({ texts }) => texts('.scores h3');
const verdicts = ({ texts }) => texts('.verdicts .said');

/** Strokes given in shares of the pad. */
async function draw({ page }, ...strokes) {
  await page.$eval('.surface', (surface) => surface.scrollIntoView({ block: 'center' }));
  const { x, y, width } = await (await page.$('.surface')).boundingBox();
  const at = ([h, v]) => [x + h * width, y + v * width];
  for (const [first, ...rest] of strokes) {
    await page.mouse.move(...at(first));
    await page.mouse.down();
    for (const point of rest) await page.mouse.move(...at(point), { steps: 6 });
    await page.mouse.up();
  }
}

const circle = Array.from({ length: 25 }, (_, i) => [
  0.5 + 0.2 * Math.sin((i / 24) * 2 * Math.PI),
  0.5 - 0.3 * Math.cos((i / 24) * 2 * Math.PI),
]);

export const training = [
  [
    'opens with nets at step 0',
    async (visit) => {
      await visit.look();
      await visit.load();
      await visit.until(() => document.querySelector('.scores .figure')?.textContent.endsWith('%'));
      assert.deepEqual(await names(visit), ['No norm', 'Batch norm', 'Layer norm']);
      assert.deepEqual(await steps(visit), [0, 0, 0]);
      assert.equal(await visit.page.$eval('#train .primary', ({ textContent }) => textContent), 'Train');
      await visit.shot('before');
    },
  ],
  [
    'trains: losses fall, and two nets tell 9 in 10',
    async (visit) => {
      // One rate below, where the plain net trains too.
      await visit.keys('#rate', 'ArrowLeft');
      assert.equal(await visit.page.$eval('#rate', (rate) => rate.getAttribute('aria-valuetext')), '0.3');
      const start = Date.now();
      await visit.keys(TRAIN, 'Enter');
      await visit.until(() => {
        const shares = [...document.querySelectorAll('.scores .figure')].map((e) => Number.parseFloat(e.textContent));
        return shares[1] >= 90 && shares[2] >= 90;
      }, 180);
      const seconds = (Date.now() - start) / 1000;
      const losses = (await remarks(visit)).map((text) => Number(/loss ([\d.]+)/.exec(text)[1]));
      // Guessing among ten has a loss of 2.3.
      for (const loss of losses) assert.ok(loss < 1.2, `loss ${loss}`);
      return `after ${seconds.toFixed(1)} s, step ${Math.max(...(await steps(visit)))}`;
    },
  ],
  [
    'takes a net in while others train, and lets one go',
    async (visit) => {
      const before = Math.max(...(await steps(visit)));
      await visit.keys('input[value=group]', 'Space');
      assert.equal(await visit.page.$eval('input[value=rms]', ({ disabled }) => disabled), true);
      await visit.until(
        (least) => {
          const all = [...document.querySelectorAll('.scores .remark')].map(
            (e) => /step ([\d,]+)/.exec(e.textContent)[1],
          );
          return all.length === 4 && all.every((step) => Number(step.replace(',', '')) > least);
        },
        120,
        before,
      );
      await visit.keys('input[value=none]', 'Space');
      await visit.until(() => document.querySelectorAll('.scores > li').length === 3);
      assert.deepEqual(await names(visit), ['Batch norm', 'Layer norm', 'Group norm']);
      assert.equal((await visit.texts('.curves text.end')).includes('none'), false);
    },
  ],
  [
    'pauses, and tells how far it is',
    async (visit) => {
      await visit.keys(TRAIN, 'Enter');
      await visit.until(() =>
        /^Paused\. Step \d+\. .*group norm \d+/.test(document.querySelector('[role=status]').textContent),
      );
      const stands = await steps(visit);
      await new Promise((resolve) => setTimeout(resolve, 600));
      assert.deepEqual(await steps(visit), stands);
      await visit.shot('trained');
    },
  ],
  [
    'tells a drawn 1 and a drawn 0',
    async (visit) => {
      const asked = async (digit, ...strokes) => {
        await draw(visit, ...strokes);
        await visit.until(
          (wanted) =>
            [...document.querySelectorAll('.verdicts .said')].every((e) => e.textContent.startsWith(`${wanted},`)),
          10,
          digit,
        );
        await visit.until(
          (wanted) => document.querySelector('[role=status]').textContent.includes(`batch norm ${wanted},`),
          10,
          digit,
        );
      };
      await asked(1, [
        [0.53, 0.2],
        [0.5, 0.5],
        [0.47, 0.82],
      ]);
      await visit.shot('one');
      await visit.keys('.seen button', 'Enter');
      await visit.until(() => [...document.querySelectorAll('.verdicts .said')].every((e) => e.textContent === ''));
      await asked(0, circle);
    },
  ],
  [
    'takes a held-out digit by keyboard',
    async (visit) => {
      await visit.keys('.seen button', 'Enter');
      await visit.until(() => [...document.querySelectorAll('.verdicts .said')].every((e) => e.textContent === ''));
      await visit.keys('.samples button:nth-child(4)', 'Enter');
      await visit.until(() => document.querySelector('.source').textContent === 'A 3 that no net has trained on.');
      await visit.until(() =>
        [...document.querySelectorAll('.verdicts .said')].every((e) => /^\d, \d+\s%$/.test(e.textContent)),
      );
      const { ink, border } = await visit.page.$eval('.board canvas', (canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, 28, 28);
        const alpha = Array.from({ length: 28 * 28 }, (_, i) => data[4 * i + 3] / 255);
        const onBorder = (i) => [0, 27].includes(i % 28) || [0, 27].includes(Math.floor(i / 28));
        const sum = (values) => values.reduce((total, value) => total + value, 0);
        return { ink: sum(alpha), border: sum(alpha.filter((_, i) => onBorder(i))) };
      });
      assert.ok(ink > 30 && ink < 300, `ink of ${ink} pixels`);
      // MNIST's digits keep clear of it.
      assert.equal(border, 0);
      return (await verdicts(visit)).join('; ');
    },
  ],
  [
    'begins anew',
    async (visit) => {
      await visit.page.click('#train .buttons button:last-child');
      await visit.until(() =>
        [...document.querySelectorAll('.scores .remark')].every((e) => e.textContent.startsWith('step 0')),
      );
      assert.equal((await visit.texts('.curves polyline[points=""]')).length > 0, true);
    },
  ],
  [
    'has deep nets too, in which instance norm has no place',
    async (visit) => {
      await visit.page.select('#net', 'tanhLarge');
      await visit.until(() => document.querySelectorAll('.insides ol li').length === 24);
      assert.equal(await visit.page.$eval('input[value=instance]', ({ disabled }) => disabled), true);
      await visit.keys(TRAIN, 'Enter');
      await visit.until(
        () => [...document.querySelectorAll('.scores .figure')].some((e) => Number.parseFloat(e.textContent) >= 70),
        120,
      );
      await visit.shot('deep');
    },
  ],
];
