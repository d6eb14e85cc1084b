// Serves files to a browser of this machine, and to nobody else.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.html': 'text/html',
};

/**
 * `folders` maps the first part of a path to a folder; `pages` is what the root shows, or `{ html, policy }` by the one
 * part of a page's path, with the content security policy that it is under. Resolves to `{ origin, close }`.
 */
export async function serve(folders, pages) {
  const byName = typeof pages === 'string' ? { '': { html: pages } } : pages;
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const page = byName[pathname.slice(1)];
    if (page) {
      const policy = page.policy && { 'content-security-policy': page.policy };
      return response.writeHead(200, { 'content-type': 'text/html', ...policy }).end(page.html);
    }
    const [, first, ...rest] = pathname.split('/').map(decodeURIComponent);
    const folder = folders[first];
    const path = folder && join(folder, normalize(rest.join('/')));
    if (!path?.startsWith(folder + sep)) return response.writeHead(404).end();
    try {
      const body = await readFile(path);
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
