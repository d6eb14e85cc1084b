// In a page: the answer is left where whoever drives the browser finds it.
import { attempt } from './answer.mjs';
import ask from './root.mjs';

document.documentElement.dataset.answer = JSON.stringify(attempt(ask));
