// Serves a folder below a path, to this machine alone, with whatever headers a check is about.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** `headers` can be changed while it runs. Resolves to `{ url, headers, close }`. */
export async function serve(folder, path) {
  const headers = {};
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = join(folder, normalize(pathname.slice(path.length) || 'index.html'));
    try {
      if (!pathname.startsWith(path) || !file.startsWith(folder + sep)) throw new Error('not below the path');
      const body = await readFile(file);
      const type = TYPES[extname(file)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, ...headers }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}${path}`, headers, close: () => server.close() };
}
