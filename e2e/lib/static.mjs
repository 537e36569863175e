// A static server of the plainest kind: no headers of ours, no negotiation,
// and the site below a path, as many hosts have it.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { dist } from './proc.mjs';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.png': 'image/png', '.json': 'application/json', '.webmanifest': 'application/manifest+json' };

/** Serves dist/site below prefix ("/framewise/"). */
export async function staticServer(t, prefix) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://host');
    const name = pathname.startsWith(prefix) ? pathname.slice(prefix.length) || 'index.html' : '..';
    try {
      if (name.includes('..')) throw new Error('outside');
      const octets = await readFile(path.join(dist, 'site', name));
      response.writeHead(200, { 'content-type': types[path.extname(name)] ?? 'application/octet-stream' }).end(octets);
    } catch {
      response.writeHead(404).end('not found\n');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${server.address().port}${prefix}`;
}
