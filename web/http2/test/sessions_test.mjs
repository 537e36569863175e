// Sessions: settings, ping, goaway, altsvc, origin, closing, errors, servers.
import events from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import https from 'node:https';
import { readFileSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { behaviour, closed, event } from './differ.mjs';

const folder = new URL('./', import.meta.url);
const identity = { key: readFileSync(new URL('key.pem', folder)), cert: readFileSync(new URL('cert.pem', folder)) };
const trust = { ca: identity.cert, servername: 'localhost' };

behaviour('settings that are announced at the beginning', async (t) => {
  const server = await t.serve({ settings: { maxConcurrentStreams: 7, initialWindowSize: 100_000, enablePush: false, maxHeaderListSize: 9000 } });
  const acknowledged = new Promise((done) => {
    server.on('session', (s) => { s.on('remoteSettings', (v) => t.s(v)); s.on('localSettings', (v) => { t.s(v); done(); }); });
  });
  const session = t.connect({ settings: { headerTableSize: 100, maxFrameSize: 20_000 } });
  t.c(session.localSettings, session.remoteSettings, session.pendingSettingsAck);
  session.on('localSettings', (v) => t.c('local', v));
  const local = event(session, 'localSettings');
  const [v] = await event(session, 'remoteSettings');
  t.c('remote', v);
  t.c(session.localSettings);
  await Promise.all([local, acknowledged]);
  t.c(session.pendingSettingsAck, session.localSettings, session.remoteSettings);
});

behaviour('settings while it runs, with a callback', async (t) => {
  const server = await t.serve({});
  server.on('session', (s) => s.on('remoteSettings', (v) => t.s(v.initialWindowSize, v.enablePush)));
  const session = t.connect();
  await event(session, 'localSettings');
  t.c(session.pendingSettingsAck);
  session.settings({ initialWindowSize: 1234 }, (e, v, ms) => t.c('callback', e, v.initialWindowSize, typeof ms));
  t.c(session.pendingSettingsAck, session.localSettings.initialWindowSize);
  await event(session, 'localSettings');
  t.c(session.pendingSettingsAck, session.localSettings.initialWindowSize);
});

behaviour('settings before the connection is there', async (t) => {
  const server = await t.serve({});
  server.on('session', (s) => s.on('remoteSettings', (v) => t.s(v.initialWindowSize)));
  const session = t.connect();
  session.settings({ initialWindowSize: 77 }, (e, v) => t.c(e, v.initialWindowSize));
  await event(session, 'localSettings');
  await event(session, 'localSettings');
  t.c('both');
});

behaviour('custom settings', async (t) => {
  await t.serve({ settings: { customSettings: { 999: 5 } } });
  const session = t.connect({ remoteCustomSettings: [999] });
  const [v] = await event(session, 'remoteSettings');
  t.c(v);
});

behaviour('maxConcurrentStreams of the server', async (t) => {
  await t.serve({ settings: { maxConcurrentStreams: 1 } }, (s, h) => { s.respond(); setTimeout(() => s.end(h[':path']), 2); });
  const session = t.connect();
  await event(session, 'remoteSettings');
  await Promise.all(['/a', '/b', '/c'].map((path) => {
    const r = session.request({ ':path': path, ':authority': 'here' });
    r.on('data', (d) => t.c(d));
    return closed(r);
  }));
});

behaviour('ping', async (t) => {
  const server = await t.serve({});
  server.on('session', (s) => s.on('ping', (p) => t.s('ping', p)));
  const session = t.connect();
  session.ping((e) => t.c('early', e));
  await event(session, 'connect');
  await new Promise((done) => {
    t.c(session.ping(Buffer.from('12345678'), (e, ms, p) => { t.c(e, typeof ms, p); done(); }));
  });
  t.throws(t.c, 'length', () => session.ping(Buffer.from('1'), () => {}));
  t.throws(t.c, 'type', () => session.ping('12345678', () => {}));
  t.throws(t.c, 'callback', () => session.ping(Buffer.from('12345678')));
  session.destroy();
  t.throws(t.c, 'late', () => session.ping(() => {}));
});

behaviour('pings that are not answered any more', async (t) => {
  await t.serve({});
  const session = t.connect();
  await event(session, 'connect');
  const answers = [];
  for (let i = 0; i < 11; i++) t.c(session.ping((e) => answers.push(e && e.code)));
  session.destroy();
  await closed(session);
  t.c(answers.length, answers.join());
});

behaviour('goaway without an error', async (t) => {
  const server = await t.serve({});
  server.on('session', (s) => {
    setImmediate(() => s.goaway(0, 0, Buffer.from('bye')));
  });
  const session = t.connect();
  session.once('goaway', (code, last, data) => t.c('goaway', code, last, data, session.closed));
  await event(session, 'goaway');
  t.c(session.closed, session.goawayCode, session.goawayLastStreamID);
  t.throws(t.c, 'request', () => session.request({}));
});

behaviour('goaway with an error', async (t) => {
  // Whether the client's RST_STREAM still gets through differs: Node may end the socket before.
  const server = await t.serve({}, (s) => { s.on('error', () => {}); setImmediate(() => s.session.goaway(2, 0)); });
  server.on('session', (s) => t.watch(t.s, s, 'close'));
  const session = t.watch(t.c, t.connect(), 'error', 'close');
  session.once('goaway', (code, last, data) => t.c('goaway', code, last, data));
  const r = t.watch(t.c, session.request({ ':authority': 'here' }), 'error', 'close', 'aborted');
  await closed(session);
  t.c(r.rstCode, r.destroyed);
});

behaviour('close waits for the streams', async (t) => {
  await t.serve({}, (s) => { s.respond(); setTimeout(() => s.end('x'), 10); });
  const session = t.connect(), r = t.watch(t.c, session.request({ ':authority': 'here' }), 'end', 'close');
  r.resume();
  await event(r, 'response');
  session.close(() => t.c('closed'));
  t.c(session.closed, session.destroyed);
  t.throws(t.c, 'request', () => session.request({}));
  await closed(session);
  t.c(session.destroyed);
});

behaviour('close before the connection is there', async (t) => {
  await t.serve({});
  const session = t.watch(t.c, t.connect(), 'connect', 'error', 'close');
  session.close();
  await closed(session);
});

behaviour('destroy with streams open', async (t) => {
  const over = new Promise((done) => { t.over = done; });
  const server = await t.serve({}, (s) => { t.watch(t.s, s, 'aborted', 'error', 'close'); s.on('close', t.over); s.respond(); });
  server.on('session', (s) => t.watch(t.s, s, 'error'));
  const session = t.watch(t.c, t.connect(), 'error', 'close');
  const r = t.watch(t.c, session.request({ ':method': 'POST', ':authority': 'here' }), 'aborted', 'error', 'close');
  await event(r, 'response');
  session.destroy();
  t.c(session.destroyed, r.destroyed);
  await Promise.all([closed(session), over]);
  t.throws(t.c, 'settings', () => session.settings({}));
  t.throws(t.c, 'goaway', () => session.goaway());
  t.throws(t.c, 'request', () => session.request({}));
});

behaviour('destroy with an error', async (t) => {
  await t.serve({}, (s) => { s.on('error', () => {}); s.respond(); });
  const session = t.watch(t.c, t.connect(), 'error', 'close');
  const r = t.watch(t.c, session.request({ ':method': 'POST', ':authority': 'here' }), 'aborted', 'error', 'close');
  await event(r, 'response');
  session.destroy(new Error('mine'));
  await closed(session);
});

behaviour('destroy with a code', async (t) => {
  const over = new Promise((done) => { t.over = done; });
  const server = await t.serve({});
  server.on('session', (s) => { s.on('error', (e) => t.s(e)); s.once('goaway', (code) => t.s('goaway', code)); s.on('close', t.over); });
  const session = t.watch(t.c, t.connect(), 'error', 'close');
  await event(session, 'localSettings');
  session.destroy(11);
  await Promise.all([closed(session), over]);
});

behaviour('destroy before the connection is there', async (t) => {
  await t.serve({});
  const session = t.watch(t.c, t.connect(), 'connect', 'error', 'close');
  const r = t.watch(t.c, session.request({ ':authority': 'here' }), 'aborted', 'error', 'close');
  session.destroy();
  t.c(r.destroyed, session.destroyed);
  await closed(session);
});

behaviour('nobody listens', async (t) => {
  await t.serve({});
  const { port } = t;
  const spare = net.createServer().listen(0, '127.0.0.1');
  await event(spare, 'listening');
  t.port = spare.address().port;
  await new Promise((done) => { spare.close(done); });
  const session = t.connect();
  session.on('error', (e) => t.c('error', e.code, e.syscall));
  session.on('close', () => t.c('close'));
  const r = session.request({});
  r.on('error', (e) => t.c('stream', e.code, e.message.replace(/:\d+/, '')));
  r.on('close', () => t.c('stream close'));
  await closed(session);
  t.port = port;
});

behaviour('the server goes away in the middle', async (t) => {
  const server = await t.serve({}, (s) => { s.on('error', () => {}); s.respond(); s.write('x'); setTimeout(() => s.session.destroy(), 5); });
  server.on('session', (s) => s.on('error', (e) => t.s(e)));
  const session = t.watch(t.c, t.connect(), 'error', 'close');
  const r = t.watch(t.c, session.request({ ':authority': 'here' }), 'aborted', 'error', 'close');
  r.on('data', (d) => t.c(d));
  await closed(session);
  t.c(r.destroyed, r.aborted);
});

behaviour('what is no HTTP/2 at a server', async (t) => {
  const server = await t.serve({});
  server.on('sessionError', (e) => t.s('sessionError', e));
  server.on('session', (s) => { t.watch(t.s, s, 'close', 'error'); });
  const socket = net.connect(t.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\nand more of it');
  await closed(socket.resume());
  t.c('closed');
});

behaviour('state of a session', async (t) => {
  const server = await t.serve({}, (s) => { s.respond(); s.end('hello'); });
  server.on('session', (s) => t.s(Object.keys(s.state).join(), s.type, s.encrypted, s.alpnProtocol));
  const session = t.connect();
  t.c(session.state, session.connecting, session.encrypted, session.alpnProtocol, session.type);
  await event(session, 'localSettings');
  const { nextStreamID, localWindowSize, effectiveLocalWindowSize, effectiveRecvDataLength, remoteWindowSize, lastProcStreamID } = session.state;
  t.c(nextStreamID, localWindowSize, effectiveLocalWindowSize, effectiveRecvDataLength, remoteWindowSize, lastProcStreamID);
  session.request({ ':authority': 'here' }).resume();
  t.c(session.state.nextStreamID, session.encrypted, session.alpnProtocol, session.connecting);
});

behaviour('setLocalWindowSize and setNextStreamID', async (t) => {
  await t.serve({}, (s) => { t.s(s.id); s.respond(); s.end(); });
  const session = t.connect();
  await event(session, 'connect');
  session.setLocalWindowSize(200_000);
  session.setNextStreamID(11);
  t.c(session.state.effectiveLocalWindowSize, session.state.localWindowSize, session.state.nextStreamID);
  t.throws(t.c, 'type', () => session.setLocalWindowSize('1'));
  t.throws(t.c, 'range', () => session.setLocalWindowSize(-1));
  t.throws(t.c, 'id', () => session.setNextStreamID(0));
  t.throws(t.c, 'id', () => session.setNextStreamID('x'));
  const r = session.request({ ':authority': 'here' });
  t.c(r.id);
  r.resume();
  await closed(r);
});

behaviour('the socket of a session', async (t) => {
  await t.serve({}, (s) => { s.respond(); s.end(); });
  const session = t.connect();
  await event(session, 'connect');
  const { socket } = session;
  t.c(socket instanceof net.Socket, socket.remoteAddress, typeof socket.remotePort);
  for (const name of ['destroy', 'end', 'write', 'pause', 'resume', 'read', 'emit', 'setEncoding', 'setKeepAlive', 'setNoDelay']) t.throws(t.c, name, () => socket[name]);
  t.throws(t.c, 'set', () => { socket.destroy = 1; });
  socket.mine = 1;
  t.c(socket.mine);
  session.destroy();
  await closed(session);
  t.c(session.socket);
});

behaviour('setTimeout of a session', async (t) => {
  const server = await t.serve({});
  server.on('session', (s) => t.watch(t.s, s, 'timeout'));
  const session = t.watch(t.c, t.connect(), 'timeout');
  await event(session, 'localSettings');
  session.setTimeout(20, () => t.c('callback'));
  await event(session, 'timeout');
  t.throws(t.c, 'type', () => session.setTimeout('x'));
  t.throws(t.c, 'callback', () => session.setTimeout(100_000, 'x'));
});

behaviour('timeout of a server', async (t) => {
  const server = await t.serve({});
  t.c(server.timeout);
  server.setTimeout(20, () => t.s('timeout'));
  const gone = new Promise((done) => { server.on('session', (s) => s.on('close', done)); });
  const session = t.watch(t.c, t.connect(), 'close');
  await event(server, 'timeout');
  session.destroy();
  await Promise.all([gone, closed(session)]);
});

behaviour('altsvc', async (t) => {
  const server = await t.serve({}, (s) => { s.session.altsvc('h2=":8000"', s.id); s.respond(); s.end(); });
  server.on('session', (s) => {
    s.altsvc('h2=":8000"', 'https://example.org/path');
    s.altsvc('h2=":9000"', new URL('https://example.com:80'));
    t.throws(t.s, 'origin', () => s.altsvc('x', 'null:'));
    t.throws(t.s, 'stream', () => s.altsvc('x', 0));
    t.throws(t.s, 'type', () => s.altsvc('x', true));
    t.throws(t.s, 'alt', () => s.altsvc(5, 1));
    t.throws(t.s, 'char', () => s.altsvc('\u0001', 1));
    t.throws(t.s, 'length', () => s.altsvc('x'.repeat(20_000), 1));
  });
  const session = t.connect();
  session.on('altsvc', (alt, origin, stream) => t.c('altsvc', alt, origin, stream));
  const r = session.request({ ':authority': 'here' });
  r.resume();
  await closed(r);
});

behaviour('origin over TLS', async (t) => {
  await t.serve({ ...identity, origins: ['https://example.org', 'https://example.com/x'] }, (s) => { s.respond(); s.end(); }, (o) => t.server.createSecureServer(o));
  const session = t.connect(trust, 'https');
  const [origins] = await event(session, 'origin');
  t.c(origins.join(), session.originSet.map((o) => o.replace(/:\d+$/, '')).join(), session.encrypted, session.alpnProtocol);
});

behaviour('a request over TLS', async (t) => {
  await t.serve(identity, (s, h) => { t.s(h[':scheme'], s.session.encrypted, s.session.alpnProtocol, s.session.socket.alpnProtocol); s.respond(); s.end('x'.repeat(100_000)); }, (o) => t.server.createSecureServer(o));
  const session = t.watch(t.c, t.connect(trust, 'https'), 'connect', 'close');
  const r = session.request({ ':authority': 'here' });
  let n = 0;
  r.on('data', (d) => { n += d.length; });
  await closed(r);
  t.c(n);
});

behaviour('allowHTTP1', async (t) => {
  await t.serve({ ...identity, allowHTTP1: true }, null, (o) => t.server.createSecureServer(o, (req, res) => {
    t.s(req.httpVersion, req.method, req.url);
    res.writeHead(200, { 'x-v': req.httpVersion });
    res.end('hello');
  }));
  await new Promise((done) => {
    https.get({ port: t.port, host: '127.0.0.1', ca: identity.cert, servername: 'localhost', path: '/one', agent: false }, (res) => {
      t.c(res.statusCode, res.httpVersion, res.headers['x-v']);
      res.on('data', (d) => t.c(d));
      res.on('end', done);
    });
  });
  const r = t.connect(trust, 'https').request({ ':path': '/two' });
  r.on('response', (h) => t.c(h[':status'], h['x-v']));
  r.on('data', (d) => t.c(d));
  await closed(r);
});

behaviour('unknownProtocol', async (t) => {
  const server = await t.serve({ ...identity, ALPNProtocols: ['h2'] }, null, (o) => t.server.createSecureServer(o));
  const ask = () => new Promise((done) => {
    const socket = tls.connect({ port: t.port, host: '127.0.0.1', ...trust });
    let s = '';
    socket.setEncoding('utf8').on('data', (d) => { s += d; });
    socket.on('error', () => {});
    socket.on('close', () => done(s));
  });
  t.c(await ask());
  server.on('unknownProtocol', (socket) => { t.s('unknownProtocol', socket.alpnProtocol); socket.end('own words'); });
  t.c(await ask());
});

behaviour('createConnection, over a Duplex', async (t) => {
  const make = (other) => {
    const d = new Duplex({
      read() { if (d.cb) { const f = d.cb; d.cb = null; f(); } },
      write(chunk, _, done) { if (chunk.length === 0) process.nextTick(done); else if (d.other.push(chunk)) process.nextTick(done); else d.other.cb = done; },
      final(done) { d.other.on('end', done); d.other.push(null); },
    });
    return d;
  };
  const a = make(), b = make();
  a.other = b;
  b.other = a;
  const session = t.server.performServerHandshake(a);
  session.on('stream', (s, h) => { t.s(h[':path'], h[':authority']); s.respond(); s.end('over it'); });
  t.watch(t.s, session, 'close');
  const client = t.client.connect('http://example.org:8000', { createConnection: () => b });
  t.open.push(() => { client.destroy(); session.destroy(); });
  t.watch(t.c, client, 'connect', 'close');
  const r = client.request({ ':path': '/d' });
  r.on('data', (d) => t.c(d));
  await closed(r);
});

behaviour('a socket has one session', async (t) => {
  await t.serve({});
  const socket = net.connect(t.port, '127.0.0.1');
  await event(socket, 'connect');
  const session = t.client.connect('http://x', { createConnection: () => socket });
  t.throws(t.c, 'second', () => t.client.connect('http://x', { createConnection: () => socket }));
  session.destroy();
  await closed(session);
});

behaviour('CONNECT, as a proxy', async (t) => {
  const target = net.createServer((socket) => {
    let name = '';
    socket.setEncoding('utf8').on('data', (d) => { name += d; });
    socket.on('end', () => socket.end(`hello ${name}`));
  });
  target.listen(0, '127.0.0.1');
  await event(target, 'listening');
  t.open.push(() => target.close());
  const { port } = target.address();
  await t.serve({}, (s, h) => {
    t.s(h[':method'], Object.keys(h).length);
    const auth = new URL(`tcp://${h[':authority']}`);
    const socket = net.connect(auth.port, auth.hostname, () => { s.respond(); socket.pipe(s); s.pipe(socket); });
    socket.on('error', () => s.close(10));
  });
  const r = t.connect().request({ ':method': 'CONNECT', ':authority': `127.0.0.1:${port}` });
  r.on('response', (h) => t.c(h));
  let data = '';
  r.setEncoding('utf8').on('data', (d) => { data += d; });
  r.end('Jane');
  await closed(r);
  t.c(data);
});

behaviour('extended CONNECT', async (t) => {
  await t.serve({ settings: { enableConnectProtocol: true } }, (s, h) => { t.s(h); s.respond(); s.end('ws'); });
  const session = t.connect();
  const [v] = await event(session, 'remoteSettings');
  t.c(v.enableConnectProtocol);
  const r = session.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat', ':authority': 'here' });
  r.on('response', (h) => t.c(h));
  r.on('data', (d) => t.c(d));
  r.end();
  await closed(r);
});

behaviour('paddings', async (t) => {
  const { constants } = t.server;
  for (const paddingStrategy of [constants.PADDING_STRATEGY_MAX, constants.PADDING_STRATEGY_ALIGNED, constants.PADDING_STRATEGY_CALLBACK]) {
    await t.serve({ paddingStrategy }, (s) => { s.respond({ a: 'b' }); s.end('padded'); });
    const r = t.connect({ paddingStrategy }).request({ ':authority': 'here' });
    r.on('data', (d) => t.c(paddingStrategy, d));
    await closed(r);
  }
});

behaviour('updateSettings of a server', async (t) => {
  const server = await t.serve({ settings: { maxFrameSize: 20_000 } });
  server.updateSettings({ maxConcurrentStreams: 3 });
  const [v] = await event(t.connect(), 'remoteSettings');
  t.c(v.maxFrameSize, v.maxConcurrentStreams);
  t.throws(t.s, 'wrong', () => server.updateSettings({ maxFrameSize: 1 }));
});

behaviour('an async stream listener that fails answers 500 with captureRejections', async (t) => {
  events.captureRejections = true;
  t.open.push(() => { events.captureRejections = false; });
  await t.serve({}, async (s) => { t.s(s.id); throw new Error('late'); });
  events.captureRejections = false;
  const r = t.connect().request({ ':authority': 'here' });
  r.on('response', (h) => t.c(h));
  r.on('error', (e) => t.c(e));
  r.resume();
  await closed(r);
});
