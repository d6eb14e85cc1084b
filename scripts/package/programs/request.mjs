// In workerd: within a request, where compiling bytes is refused.
import { attempt } from './answer.mjs';
import ask from './root.mjs';

export default { fetch: () => Response.json(attempt(ask)) };
