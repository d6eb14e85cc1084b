// What typedoc's pages lack: one heading for all the errors of a call, codes that lead to the page of errors, sources that
// lead to the papers, and a word on what the types shown leave out. What no page of its own needs (inherited methods of Disposable, origins) goes.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const api = fileURLToPath(new URL('../pages/api', import.meta.url));

/** Links to what is beside the pages are not moved to where the site is. */
const base = process.env.SITE_BASE || '/';

const INTRODUCTION = `
Everything is imported from \`normlayers\`; \`normlayers/core\` has the same without the WebAssembly inside. Types are shown
without what narrows them: the package's declarations also know which parameters, gradients and running statistics a call or
layer has from its options, so that \`norm.weight.grad\` needs no check where there is a weight.

Formulas use the field's names: \`x\`, \`weight\`, \`bias\`, \`eps\`, \`mean\`, \`rstd\` = 1 / √(var + eps) and \`y\`; \`dy\`, \`dx\`,
\`dweight\` and \`dbias\` are the gradients of the loss. Shapes are written [N, C, …]: N data points, C channels, then space.
Sizes of memory are bytes. The kernels below are documented, too: [the Rust crate](${base}kernels/normlayers/index.html){target="_self"}.
`;

/** Where the formulas come from. */
const SOURCES = {
  'Ioffe & Szegedy 2015': '1502.03167',
  'Ba et al. 2016': '1607.06450',
  'Ulyanov et al. 2016': '1607.08022',
  'Wu & He 2018': '1803.08494',
  'Zhang & Sennrich 2019': '1910.07467',
};

function polish(text) {
  return text
    .replace(/\(([A-Z][\w &.]+ 20\d\d)/g, (whole, source) =>
      SOURCES[source] === undefined ? whole : `([${source}](https://arxiv.org/abs/${SOURCES[source]})`,
    )
    .replace(
      /((#+) Throws\n\n[\s\S]*?(?=\n\2 (?!Throws)|\n#{1,6} (?!Throws)|\n\*\*\*\n|$(?![\s\S])))+/g,
      (section, _, level) => {
        const reasons = section
          .split(/^#+ Throws\n/m)
          .map((reason) => reason.trim().replace(/\n/g, ' '))
          .filter((reason) => reason !== '');
        return `${level} Errors\n\n${reasons.map((reason) => `- ${reason}`).join('\n')}\n`;
      },
    )
    .replace(
      /`'(TYPE|VALUE|SHAPE|RUNTIME|MEMORY|STATE|DISPOSED|UNSUPPORTED)'`/g,
      (code, name) => `[${code}](/errors#${name.toLowerCase()})`,
    )
    .replace(/#+ \\\[dispose\\\]\(\)\n[\s\S]*?\n(?=\*\*\*\n)\*\*\*\n\n/g, '')
    .replace(/#+ (Inherited from|Extends|Extended by|Overrides)\n\n[\s\S]*?(?=\n#{1,6} |\n\*\*\*\n|$(?![\s\S]))/g, '');
}

export function polishReference() {
  for (const path of readdirSync(api, { recursive: true }).filter((name) => name.endsWith('.md'))) {
    const file = join(api, path);
    const text = polish(readFileSync(file, 'utf8'));
    writeFileSync(file, path === 'index.md' ? text.replace(/^# .*\n/, (title) => `${title}${INTRODUCTION}`) : text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) polishReference();
