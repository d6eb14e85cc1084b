// In a worker.
import { attempt } from './answer.mjs';
import ask from './root-by-path.mjs';

postMessage(attempt(ask));
