// Every example of the seed runs in Node, its text unmodified, on the seed's
// entry; and each text is the seed's.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import util from 'node:util';
import tls from 'node:tls';
import { files, names, stage } from '../../examples/stage.mjs';
import { seed } from './differ.mjs';

const require = createRequire(import.meta.url);
const fs = require('fs'), net = require('net');
const folder = new URL('../../examples/', import.meta.url);
const list = JSON.parse(readFileSync(new URL('list.json', folder)));
const here = new URL('./', import.meta.url);
const identity = { key: readFileSync(new URL('key.pem', here)), cert: readFileSync(new URL('cert.pem', here)) };
const limit = 15_000;

/** The seed's own blocks of JavaScript, in order. */
function blocks(text) {
  return [...text.matchAll(/^```js\n([^]*?)^```/gm)].map((m) => m[1]);
}

test('the examples are the seed\'s', (t) => {
  const shared = process.env.FRAMEWISE_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
  const original = join(shared, 'seed', 'http2-api.md');
  if (!existsSync(original)) {
    assert.notEqual(process.env.CI, 'true', `${original} must be there with CI=true`);
    t.skip('the seed is not on this machine');
    return;
  }
  const texts = list.map(({ file }) => readFileSync(new URL(file, folder), 'utf8'));
  assert.deepEqual(texts, blocks(readFileSync(original, 'utf8')));
  assert.deepEqual(Object.keys(stage), list.map(({ file }) => file));
});

/** Where an example runs: its modules, whose names and ports lead here. */
class Place {
  constructor(dir) {
    this.ports = new Map(); // as the example has it → as it is
    this.lines = [];
    this.listening = [];
    this.open = [];
    const log = (...v) => this.lines.push(util.format(...v));
    this.env = { log, servers: [], clients: [], identity, event: once, net: this.net(), fs: this.files(dir) };
    this.env.http2 = this.http2();
  }

  /** A server's listen(): any free port, remembered under the one that was meant. */
  bound(server) {
    const { listen } = server;
    server.listen = (port, ...rest) => {
      this.listening.push(once(server, 'listening').then(() => this.ports.set(Number(port), server.address().port)));
      return listen.call(server, 0, '127.0.0.1', rest.find((x) => typeof x === 'function'));
    };
    this.open.push(() => { if (server.listening) server.close(); });
    return server;
  }

  dial(port) {
    const actual = this.ports.get(Number(port));
    assert.ok(actual, `nobody listens at port ${port}`);
    const socket = net.connect(actual, '127.0.0.1');
    this.open.push(() => socket.destroy());
    return socket;
  }

  net() {
    return {
      ...net,
      createServer: (...args) => this.bound(net.createServer(...args)),
      connect: (port, host, listener) => {
        const socket = this.dial(port);
        if (listener) socket.once('connect', listener);
        return socket;
      },
    };
  }

  http2() {
    const made = (make) => (...args) => {
      const server = this.bound(make(...args));
      this.env.servers.push(server);
      server.on('session', (s) => this.open.push(() => s.destroy()));
      return server;
    };
    return {
      ...seed,
      createServer: made(seed.createServer),
      createSecureServer: made(seed.createSecureServer),
      connect: (authority, ...rest) => {
        const url = new URL(authority), secure = url.protocol === 'https:';
        const createConnection = () => {
          const socket = this.dial(url.port || (secure ? 443 : 80));
          return secure ? tls.connect({ socket, ca: identity.cert, servername: 'localhost', ALPNProtocols: ['h2'] }) : socket;
        };
        const client = seed.connect(authority, { createConnection }, ...rest);
        this.env.clients.push(client);
        this.open.push(() => client.destroy());
        return client;
      },
    };
  }

  /** fs for an example, and for respondWithFile: its files lie in dir. */
  files(dir) {
    const at = new Map(Object.entries(files).map(([name, text], i) => {
      const path = join(dir, String(i));
      writeFileSync(path, identity[text] ?? text);
      return [name, path];
    }));
    const { open } = fs;
    fs.open = (path, ...rest) => open(at.get(path) ?? path, ...rest);
    this.open.push(() => { fs.open = open; });
    return { ...fs, openSync: (path, ...rest) => fs.openSync(at.get(path) ?? path, ...rest), readFileSync: (path, ...rest) => fs.readFileSync(at.get(path) ?? path, ...rest) };
  }

  require(name) {
    return { http2: this.env.http2, http: this.env.http2, net: this.env.net, fs: this.env.fs }[name] ?? require(name);
  }

  async end() {
    await new Promise((done) => { setImmediate(done); });
    for (const f of this.open.reverse()) {
      try { f(); } catch { /* it has ended by itself */ }
    }
  }
}

for (const { file, heading } of list) {
  test(`example ${file}: ${heading}`, { timeout: limit }, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'example-')), place = new Place(dir), { env } = place, { before, after, shows } = stage[file];
    try {
      env.given = await before?.(env) ?? {};
      for (const name of Object.keys(env.given)) assert.ok(name in names, `${name} is not among the names that are given`);
      const program = readFileSync(new URL(file, folder), 'utf8');
      const given = { require: (name) => place.require(name), console: { log: env.log }, ...env.given };
      new Function(...Object.keys(given), program)(...Object.values(given));
      await Promise.all(place.listening);
      await after?.(env);
      while (place.lines.length < shows.length) await new Promise((done) => { setTimeout(done, 1); }); // until the time is up
      assert.equal(place.lines.length, shows.length, place.lines.join('\n'));
      shows.forEach((want, i) => {
        if (typeof want === 'string') assert.equal(place.lines[i], want);
        else assert.match(place.lines[i], want);
      });
    } finally {
      await place.end();
      rmSync(dir, { recursive: true });
    }
  });
}
