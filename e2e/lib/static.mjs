// A static server of the plainest kind: no headers of ours, no negotiation,
// and the site below a path, as many hosts have it.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dist, tempDir } from './proc.mjs';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.png': 'image/png', '.json': 'application/json', '.webmanifest': 'application/manifest+json' };

/** Serves dist/site below prefix ("/framewise/"). */
export const staticServer = async (t, prefix, dir) => (await staticSite(t, prefix, dir)).url;

/**
 * Serves a folder below prefix. stop() ends it, as a network that is gone does;
 * asked lists the files that were asked for.
 */
export async function staticSite(t, prefix, dir = path.join(dist, 'site')) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://host');
    const name = pathname.startsWith(prefix) ? pathname.slice(prefix.length) || 'index.html' : '..';
    asked.push(name);
    try {
      if (name.includes('..')) throw new Error('outside');
      const octets = await readFile(path.join(dir, name));
      response.writeHead(200, { 'content-type': types[path.extname(name)] ?? 'application/octet-stream' }).end(octets);
    } catch {
      response.writeHead(404).end('not found\n');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  t.after(stop);
  return { url: `http://127.0.0.1:${server.address().port}${prefix}`, stop, asked };
}

/** A copy of dist/site that a test may change. */
export async function copyOfSite(t) {
  const dir = path.join(await tempDir(t), 'site');
  await cp(path.join(dist, 'site'), dir, { recursive: true });
  return dir;
}

const hash = (octets) => createHash('sha256').update(octets).digest('hex').slice(0, 12);

/**
 * Makes a second version of a copy of the site, as web/build would: the style
 * sheet has other content and so another name, which the page and the service
 * worker mention. It gives back the style sheet's old and new name.
 */
export async function rebuild(dir, css) {
  const file = (name) => path.join(dir, name);
  const page = await readFile(file('index.html'), 'utf8');
  const [old] = page.match(/tools\.[0-9a-f]{12}\.css/);
  const sheet = `${await readFile(file(old), 'utf8')}\n${css}\n`;
  const fresh = `tools.${hash(sheet)}.css`;
  const nextPage = page.replaceAll(old, fresh);
  const worker = (await readFile(file('sw.js'), 'utf8'))
    .replace(`"${old}":"${old.split('.')[1]}"`, `"${fresh}":"${hash(sheet)}"`)
    .replace(hash(page), hash(nextPage))
    .replace(/const version = '[^']*'/, `const version = '${hash(sheet + nextPage)}'`);
  await writeFile(file(fresh), sheet);
  await rm(file(old));
  await writeFile(file('index.html'), nextPage);
  await writeFile(file('sw.js'), worker);
  return { old, fresh };
}
