// Every kind of place that the package is tried in, in the order in which they are run and printed. A kind has columns, and
// places; a place opens to a version and to ways of using the package there, one for each column that it has.
import { inBrowsers } from './browsers.mjs';
import { inBundlers } from './bundlers.mjs';
import { ofTheTarball } from './checkers.mjs';
import { inRuntimes } from './runtimes.mjs';
import { inCompilers } from './types.mjs';

export const kinds = [ofTheTarball, inRuntimes, inBrowsers, inBundlers, inCompilers];
