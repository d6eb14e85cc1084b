// Opens every page of the built site in Chromium, as a reader would: nothing may complain, every link and anchor leads
// somewhere, no page is wider than a telephone, search finds what there is, dark is dark, and the guide to workers works.

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { chromium, launch } from '../scripts/lib/browsers.mjs';
import { dist, serve } from './serve.mjs';
import { workersFaults } from './workers.mjs';

/** Pages that this site's own builder makes; rustdoc and the playground look after theirs. */
const OTHERS = /^(kernels|playground)\//;

const pages = () =>
  readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.html') && !OTHERS.test(path) && path !== '404.html')
    .sort();

/** Everything that checks find is said by `report(name, faults)`; no faults, no trouble. */
export async function check(report) {
  const { origin, close } = await serve();
  const { page, close: end } = await launch(chromium);
  try {
    const faults = [];
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) faults.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
    page.on('requestfailed', (request) => faults.push(`request: ${request.url()} ${request.failure()?.errorText}`));
    page.on('response', (response) => {
      if (response.status() >= 400) faults.push(`status ${response.status()}: ${response.url()}`);
    });
    const links = new Map();
    for (const path of pages()) {
      faults.length = 0;
      await page.setViewport({ width: 390, height: 800 });
      await page.goto(`${origin}/${path}`, { waitUntil: 'load' });
      await page.waitForSelector('.VPContent');
      // Hydration, which is when a page's own code runs.
      await page.waitForFunction(() => document.querySelector('#app')?.__vue_app__ !== undefined);
      const found = await page.evaluate(() => ({
        title: document.title,
        heading: document.querySelector('h1')?.textContent ?? '',
        wide: document.documentElement.scrollWidth - window.innerWidth,
        broken: [...document.images]
          .filter((image) => image.complete && image.naturalWidth === 0)
          .map(({ src }) => src),
        links: [...document.querySelectorAll('#app a[href]')].map(({ href }) => href),
      }));
      if (found.title === '' || found.heading === '') faults.push('has no title');
      if (found.wide > 0) faults.push(`is ${found.wide} pixels wider than a telephone`);
      for (const src of found.broken) faults.push(`image ${src} is broken`);
      links.set(path, found.links);
      report(`page ${path}`, [...faults]);
    }
    report('links', brokenLinks(origin, links));
    report('search', await searchFaults(page, origin));
    report('dark', await darkFaults(page, origin));
    report('workers', await workersFaults(page));
  } finally {
    await end();
    close();
  }
}

/** Links whose page is not there, or whose page has not their anchor. */
function brokenLinks(origin, links) {
  const anchors = new Map();
  const anchorsOf = (path) => {
    if (!anchors.has(path)) {
      const text = readFileSync(join(dist, path), 'utf8');
      anchors.set(path, new Set([...text.matchAll(/ id="([^"]*)"/g)].map((match) => match[1])));
    }
    return anchors.get(path);
  };
  const there = new Set(
    readdirSync(dist, { recursive: true, encoding: 'utf8' }).map((path) => path.split('\\').join('/')),
  );
  const broken = [];
  for (const [from, targets] of links) {
    for (const target of new Set(targets)) {
      const url = new URL(target);
      if (url.origin !== origin) continue;
      const path = decodeURIComponent(url.pathname).slice(1);
      const file = [path, `${path}.html`, posix.join(path, 'index.html')].find(
        (name) => there.has(name) && /\.\w+$/.test(name),
      );
      const anchor = decodeURIComponent(url.hash.slice(1));
      if (file === undefined) broken.push(`${from} leads to ${url.pathname}, which is not there`);
      else if (anchor !== '' && file.endsWith('.html') && !anchorsOf(file).has(anchor)) {
        broken.push(`${from} leads to ${file}#${anchor}, which is not there`);
      }
    }
  }
  return broken;
}

async function searchFaults(page, origin) {
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(`${origin}/index.html`, { waitUntil: 'load' });
  const faults = [];
  for (const [words, wanted] of [
    ['layerNorm', '/api/Operations/layerNorm.html'],
    ['two forwards', '/guides/autograd.html'],
    ['UNSUPPORTED', '/errors.html'],
    ['checkpointing', '/guides/autograd.html'],
  ]) {
    await page.waitForSelector('#local-search button');
    await page.click('#local-search button');
    const input = await page.waitForSelector('.VPLocalSearchBox input');
    await input.type(words);
    const found = await page
      .waitForFunction(() => {
        const results = [...document.querySelectorAll('.VPLocalSearchBox .result')].map(
          ({ href }) => new URL(href).pathname,
        );
        return results.length > 0 && results;
      })
      .then((handle) => handle.jsonValue())
      .catch(() => []);
    if (!found.includes(wanted)) faults.push(`"${words}" finds ${found.join(', ') || 'nothing'}, and not ${wanted}`);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.VPLocalSearchBox', { hidden: true });
    await page.reload({ waitUntil: 'load' });
  }
  return faults;
}

async function darkFaults(page, origin) {
  const look = async (theme) => {
    await page.evaluate((value) => localStorage.setItem('vitepress-theme-appearance', value), theme);
    await page.goto(`${origin}/index.html`, { waitUntil: 'load' });
    return page.evaluate(() => {
      const brightness = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
      const shown = [...document.images].filter((image) => image.offsetWidth > 0 && image.src.includes('/charts/'));
      return { brightness: Math.max(...brightness), charts: shown.map(({ src }) => src.split('.').at(-2)) };
    });
  };
  const faults = [];
  const light = await look('light');
  const dark = await look('dark');
  if (light.brightness < 200) faults.push(`light is ${light.brightness} of 255`);
  if (dark.brightness > 60) faults.push(`dark is ${dark.brightness} of 255`);
  if (`${light.charts}` !== 'light,light') faults.push(`light shows the charts ${light.charts}`);
  if (`${dark.charts}` !== 'dark,dark') faults.push(`dark shows the charts ${dark.charts}`);
  await page.setViewport({ width: 1280, height: 900 });
  await page.click('.VPNavBarAppearance .VPSwitch');
  const switched = await page.evaluate(() => document.documentElement.classList.contains('dark'));
  if (switched) faults.push('the switch does not switch');
  return faults;
}
