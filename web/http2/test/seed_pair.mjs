// What the tests of the seed's entry share.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { event, seed as http2 } from './differ.mjs';

const folder = new URL('./', import.meta.url);
export const identity = { key: readFileSync(new URL('key.pem', folder)), cert: readFileSync(new URL('cert.pem', folder)) };

/** A test with a server and a client of it; both end with the test. */
export function pair(title, body, { server: so, client: co, secure = false, onStream } = {}) {
  test(title, { timeout: 20_000 }, async (t) => {
    const server = secure ? http2.createSecureServer({ ...identity, ...so }) : http2.createServer(so);
    if (onStream) server.on('stream', onStream);
    server.listen(0, '127.0.0.1');
    await event(server, 'listening');
    const sessions = new Set();
    server.on('session', (s) => sessions.add(s));
    const at = `${secure ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;
    const client = http2.connect(at, { ...(secure ? { ca: identity.cert, servername: 'localhost' } : {}), ...co });
    // What ends with the test may be an error, which nobody waits for any more.
    client.on('error', () => {});
    server.on('stream', (s) => s.on('error', () => {}));
    client.on('stream', (s) => s.on('error', () => {}));
    t.after(async () => {
      for (const s of [server, ...sessions]) s.on('error', () => {});
      await new Promise((done) => { setImmediate(done); });
      client.destroy();
      for (const s of sessions) s.destroy();
      server.close();
    });
    await body({ server, client, at, t });
  });
}

export const hello = (s) => { s.respond({ 'content-type': 'text/plain' }); s.end('hello'); };
export const over = (stream) => event(stream, 'streamClosed').then(([code]) => code);
export const thrown = (f) => { try { f(); } catch (e) { return e; } return assert.fail('nothing was thrown'); };
export const idle = () => new Promise((done) => { setTimeout(done, 10); });
