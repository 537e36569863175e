// A server that runs in the tab's runtime is called over real sockets: a relay
// of this test's own (docs/relay.md) stands between, and Node's http2 calls. The
// environment is node.mjs's; wasm/h2's Go test sets it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { Outside, run, tap } from './node.mjs';

test.after(() => setImmediate(() => process.exit())); // Go's program never ends by itself

const relay = 'ws://relay.test/relay';

/** What a relay does, with WebSockets that are objects of this process. */
class Relay {
  waiting = new Map();
  refusal = null;
  sockets = [];

  open(web, door, query) {
    if (this.refusal) web.hear(JSON.stringify({ ok: false, kind: 'in-use', message: this.refusal }));
    else if (door === 'accept') this.accept(web, this.waiting.get(query.get('token')));
    else if (door === 'tap') this.tapped = web;
    else this.listen(web, Number(query.get('port')));
  }

  listen(web, port) {
    const server = net.createServer({ pauseOnConnect: true }, (socket) => {
      const token = `t${this.waiting.size}`;
      this.waiting.set(token, socket);
      web.hear(JSON.stringify({ accept: token, from: `${socket.remoteAddress}:${socket.remotePort}` }));
    });
    server.listen(port, '127.0.0.1', () => web.hear(JSON.stringify({ ok: true, address: `127.0.0.1:${server.address().port}` })));
    web.onClosed = () => server.close();
    this.port = web;
  }

  accept(web, socket) {
    this.sockets.push(socket);
    web.hear(JSON.stringify({ ok: true, address: '' }));
    socket.on('data', (b) => web.hear(b.buffer.slice(b.byteOffset, b.byteOffset + b.length)));
    socket.on('end', () => web.end(1000, 'the target closed the connection'));
    socket.on('error', () => web.end(1000, 'the target reset the connection'));
    socket.resume();
    web.onSend = (b) => {
      assert.ok(b.length <= 32 << 10, `a message has ${b.length} octets`);
      web.bufferedAmount += b.length;
      socket.write(b, () => { web.bufferedAmount -= b.length; this.most = Math.max(this.most ?? 0, web.bufferedAmount); });
    };
    web.onClosed = () => socket.destroySoon();
  }
}

let current;
globalThis.WebSocket = class {
  readyState = 0;
  bufferedAmount = 0;
  constructor(url) {
    assert.ok(String(url).startsWith(`${relay}/`), `${url}`);
    setImmediate(() => {
      this.readyState = 1;
      current.open(this, url.pathname.split('/').at(-1), url.searchParams);
    });
  }
  addEventListener() {}
  hear(data) { setImmediate(() => { if (this.readyState <= 1) this.onmessage?.({ data }); }); }
  send(b) { this.onSend(Buffer.from(b)); }
  end(code, reason) { setImmediate(() => { if (this.readyState > 2) return; this.readyState = 3; this.onclose?.({ code, reason }); }); }
  close() { this.readyState = 3; this.onClosed?.(); }
};

/** Runs a program that others call: what it tells, until calls() has ended; then its servers are closed by stop. */
async function called(program, calls, o = {}) {
  current = new Relay();
  const news = [];
  let outside, told;
  const address = new Promise((done) => { told = done; });
  const ran = run(program, {
    network: { latency: o.latency ?? 0 }, limits: o.limits,
    outside: () => outside = new Outside({ relay, port: 0, server: o.server }, (n) => { news.push(n); if (n.address) told(n.address); }),
  });
  const first = await Promise.race([address, ran]);
  if (typeof first === 'string') await calls(first, { stop: (message) => current.port.end(1001, message), relay: current, outside: () => outside });
  return { ...await ran, news };
}

/** One request over a connection of its own, or of `session`. */
async function request(session, headers = {}, body) {
  const req = session.request({ ':method': body ? 'POST' : 'GET', ...headers });
  req.end(body);
  const [answer] = await once(req, 'response');
  const parts = [];
  for await (const b of req) parts.push(b);
  return { status: answer[':status'], headers: answer, body: Buffer.concat(parts).toString() };
}

const hello = `const http2 = require('http2/current');
  const server = http2.createServer();
  server.on('session', (s) => console.log('from', s.socket.remoteAddress, s.socket.remotePort));
  server.on('stream', (s, h) => {
    let n = 0;
    s.on('data', (d) => n += d.length);
    s.on('end', () => { s.respond({ ':status': 200 }); s.end(h[':path'] + ' ' + n); });
  });
  server.listen(80);
`;

test('a server in the tab is called: the caller, its octets and the real time are in the record', async () => {
  const before = Date.now();
  let from;
  const { error, entries, news, log } = await called(hello, async (address, { stop }) => {
    const session = http2.connect(`http://${address}`);
    await once(session, 'connect');
    from = session.socket.localPort;
    const got = await request(session, { ':path': '/x' });
    assert.equal(got.body, '/x 0');
    assert.ok(Math.abs(Date.parse(got.headers.date) - Date.now()) < 60_000, `the server's clock is the real one: ${got.headers.date}`);
    assert.equal((await request(session, { ':path': '/up' }, Buffer.alloc(1 << 20))).body, `/up ${1 << 20}`);
    session.close();
    await once(session, 'close');
    stop('enough');
  });
  assert.equal(error.message, 'enough');
  assert.deepEqual(log, [`from 127.0.0.1 ${from}`]);
  const header = entries[0];
  assert.ok(Date.parse(header.epoch) >= before - 1 && header.program === hello, 'the header has the time of instant 0, and the program');
  const conn = entries.find((e) => e.k === 'conn');
  assert.equal(conn.client, `127.0.0.1:${from}`);
  assert.match(conn.via, /^relay, /);
  const up = entries.filter((e) => e.k === 'chunk' && e.dir === 'c2s').map((e) => Buffer.from(e.octets, 'base64'));
  assert.match(Buffer.concat(up).subarray(0, 14).toString(), /^PRI \* HTTP\/2\.0/);
  assert.ok(Buffer.concat(up).length > 1 << 20);
  assert.ok(entries.some((e) => e.k === 'cause' && e.call === 'respond' && e.line === 7));
  assert.deepEqual(news.at(-1), { address: news.at(-1).address, servers: [{ port: 80, tls: false }], server: 80, open: 0, came: 1 });
  assert.ok(news.some((n) => n.open === 1));
});

test('a server with TLS is called, and the record has the plain octets once', async () => {
  const program = `const http2 = require('http2/current'), fs = require('fs');
    const server = http2.createSecureServer({ key: fs.readFileSync('server-key.pem'), cert: fs.readFileSync('server-cert.pem') });
    server.on('stream', (s) => { s.respond(); s.end('sealed'); });
    server.listen(443);`;
  const { entries, news, error } = await called(program, async (address, { stop }) => {
    const session = http2.connect(`https://${address}`, { rejectUnauthorized: false });
    assert.equal((await request(session)).body, 'sealed');
    assert.equal(session.alpnProtocol, 'h2');
    session.close();
    await once(session, 'close');
    stop('enough');
  });
  assert.equal(error.message, 'enough');
  assert.deepEqual(news.at(-1).servers, [{ port: 443, tls: true }]);
  const conn = entries.find((e) => e.k === 'conn');
  assert.equal(conn.tls?.alpn, 'h2');
  const said = (dir) => Buffer.concat(entries.filter((e) => e.k === 'chunk' && e.dir === dir).map((e) => Buffer.from(e.octets, 'base64')));
  assert.equal(said('c2s').indexOf('PRI * HTTP/2.0'), 0);
  assert.equal(said('c2s').lastIndexOf('PRI * HTTP/2.0'), 0, 'the preface is there once');
  assert.ok(said('s2c').includes('sealed'));
});

test('several call at once, each on a connection of its own', async () => {
  const { entries } = await called(hello, async (address, { stop }) => {
    await Promise.all(Array.from({ length: 6 }, async (_, i) => {
      const session = http2.connect(`http://${address}`);
      assert.equal((await request(session, { ':path': `/${i}` }, 'x'.repeat(50_000))).body, `/${i} 50000`);
      session.close();
    }));
    stop('enough');
  });
  assert.equal(entries.filter((e) => e.k === 'conn').length, 6);
});

test('time is real while a server listens: a late answer is late, and nothing runs ahead', async () => {
  const program = `const http2 = require('http2/current');
    const server = http2.createServer();
    server.on('stream', (s) => { const t = Date.now(); setTimeout(() => { s.respond(); s.end(String(Date.now() - t)); }, 300); });
    server.listen(80);
    setTimeout(() => server.close(), 3600_000);`;
  await called(program, async (address, { stop }) => {
    const session = http2.connect(`http://${address}`), began = performance.now();
    const late = Number((await request(session)).body);
    assert.ok(performance.now() - began >= 200, 'the answer came before its time');
    assert.ok(late >= 300 && late < 60_000, `${late} ms passed for the program`);
    session.close();
    stop('enough');
  });
});

test('a caller that takes nothing slows the server, not the others', async () => {
  const program = `const http2 = require('http2/current');
    const server = http2.createServer();
    let sent = 0;
    server.on('stream', (s, h) => {
      s.on('error', () => {});
      s.respond();
      if (h[':path'] === '/sent') return s.end(String(sent));
      const more = () => { while (s.write(Buffer.alloc(16384))) sent += 16384; sent += 16384; };
      s.on('drain', more);
      more();
    });
    server.listen(80);`;
  await called(program, async (address, { stop, relay: r }) => {
    // A client that allows everything and reads nothing.
    const greedy = net.connect(Number(address.split(':')[1]), '127.0.0.1');
    greedy.pause();
    const frame = (type, flags, stream, payload) => Buffer.concat([Buffer.from([payload.length >> 16, payload.length >> 8, payload.length, type, flags, 0, 0, 0, stream]), payload]);
    greedy.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0, Buffer.from([0, 4, 0x7f, 255, 255, 255])),
      frame(8, 0, 0, Buffer.from([0x7f, 0, 0, 0])), frame(4, 1, 0, Buffer.alloc(0)), frame(1, 5, 1, Buffer.from([0x82, 0x86, 0x84, 0x41, 1, 0x61]))]));
    const session = http2.connect(`http://${address}`);
    let last = -1;
    for (let calm = 0; calm < 5;) { // the server has come to rest
      const sent = Number((await request(session, { ':path': '/sent' })).body);
      calm = sent > 0 && sent === last ? calm + 1 : 0;
      last = sent;
    }
    assert.ok(last < 32 << 20, `${last} octets were written for a caller that takes none`);
    assert.ok(r.sockets[0].writableLength < 1 << 20, `${r.sockets[0].writableLength} octets wait at the relay`);
    greedy.destroy();
    session.close();
    stop('enough');
  }, { limits: { trace: 1 << 30 } });
});

test('another port of the program is chosen', async () => {
  const program = `const http2 = require('http2/current');
    for (const port of [8001, 8002]) http2.createServer((q, s) => s.end('port ' + port)).listen(port);`;
  const { news } = await called(program, async (address, { stop, outside }) => {
    for (const port of [8001, 8002]) {
      outside().choose(port);
      const session = http2.connect(`http://${address}`);
      assert.equal((await request(session)).body, `port ${port}`);
      session.close();
    }
    stop('enough');
  });
  assert.deepEqual(news.at(-1).servers, [{ port: 8001, tls: false }, { port: 8002, tls: false }]);
});

test('a server that is closed ends the run in order, and a program without one never asks', async () => {
  const { error } = await called(`const http2 = require('http2/current');
    const server = http2.createServer((q, s) => { s.end('last'); server.close(); q.stream.session.close(); });
    server.listen(80);`, async (address) => {
    const session = http2.connect(`http://${address}`);
    assert.equal((await request(session)).body, 'last');
  });
  assert.equal(error, null);
  const none = await called('console.log("nothing to call")', async () => assert.fail('a port was opened'));
  assert.deepEqual([none.error, none.log, none.news], [null, ['nothing to call'], []]);
});

test('why there is no port is said', async () => {
  current = new Relay();
  current.refusal = 'port 9000 is in use by another program';
  const { error } = await run(hello, { outside: () => new Outside({ relay, port: 9000 }, () => {}) });
  assert.equal(error.message, 'port 9000 is in use by another program');
});

test('a program that throws hangs up', async () => {
  const { error } = await called(`const http2 = require('http2/current');
    http2.createServer(() => { throw new Error('no'); }).listen(80);`, async (address) => {
    const session = http2.connect(`http://${address}`);
    session.on('error', () => {});
    const req = session.request();
    req.on('error', () => {});
    await once(session, 'close');
  });
  assert.equal(error.message, 'Error: no');
});

test('a tap brings its record, and why it ended', async () => {
  const lines = [], news = [];
  const record = { add: (b) => lines.push(Buffer.from(b).toString()), flush() {} };
  current = new Relay();
  const ended = tap({ relay, target: '127.0.0.1:1', port: 0, longest: 1000 }, record, (n) => news.push(n));
  ended.catch(() => {});
  while (!current.tapped) await new Promise(setImmediate);
  current.tapped.hear('{"ok":true,"address":"127.0.0.1:5"}');
  current.tapped.hear('{"k":"h2trace","version":1}');
  current.tapped.end(1001, 'the relay is stopping');
  await assert.rejects(ended, { message: 'the relay is stopping' });
  assert.deepEqual([lines, news], [['{"k":"h2trace","version":1}\n'], [{ address: '127.0.0.1:5' }]]);

  current = new Relay();
  const long = tap({ relay, target: '127.0.0.1:1', port: 0, longest: 1000 }, record, () => {});
  long.catch(() => {});
  while (!current.tapped) await new Promise(setImmediate);
  current.tapped.hear('{"ok":true,"address":"127.0.0.1:5"}');
  for (let i = 0; i < 10; i++) current.tapped.hear('x'.repeat(200));
  await assert.rejects(long, /its record is longer/);
  assert.equal(current.tapped.readyState, 3, 'the tap is closed');
});
