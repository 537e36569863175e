// What is wrong: arguments, options, headers, calls in a wrong state. And what
// needs no connection: constants, settings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventEmitter } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { behaviour, closed, current, event, node } from './differ.mjs';

test('constants', () => {
  assert.deepEqual({ ...current.constants }, { ...node.constants });
  assert.deepEqual(Object.keys(current.constants).sort(), Object.keys(node.constants).sort());
  assert.equal(Object.getPrototypeOf(current.constants), null);
});

test('what the module exports', () => {
  assert.deepEqual(Object.keys(current).sort(), Object.keys(node).sort());
  const s = current.createServer();
  assert.ok(s instanceof net.Server && s instanceof EventEmitter);
  assert.ok(current.createSecureServer() instanceof tls.Server);
});

behaviour('getDefaultSettings', async (t) => {
  const a = t.http2.getDefaultSettings();
  t.c(a, a === t.http2.getDefaultSettings(), Object.getPrototypeOf(a) === null);
}, { only: 'module' });

behaviour('getPackedSettings and getUnpackedSettings', async (t) => {
  const { getPackedSettings, getUnpackedSettings } = t.http2;
  t.c(getPackedSettings({ enablePush: false }).toString('base64'));
  t.c(getPackedSettings({ headerTableSize: 1, enablePush: true, maxConcurrentStreams: 3, initialWindowSize: 4, maxFrameSize: 20_000, maxHeaderListSize: 6, enableConnectProtocol: true }).toString('hex').match(/.{12}/g).sort().join());
  t.c(getPackedSettings({}).length, getPackedSettings().length);
  t.c(getUnpackedSettings(Buffer.from('000100000001000200000000000300000003000400000004000500004e2000060000000600080000000100990000000a', 'hex')));
  t.c(getUnpackedSettings(new Uint8Array([0, 3, 0, 0, 0, 9])));
  for (const wrong of [undefined, null, 'x', 5, {}, [], Buffer.alloc(5)]) t.throws(t.c, 'unpack', () => getUnpackedSettings(wrong));
  t.throws(t.c, 'validate', () => getUnpackedSettings(Buffer.from('000500000001', 'hex'), { validate: true }));
  for (const wrong of [null, 'x', 5, []]) t.throws(t.c, 'pack', () => getPackedSettings(wrong));
}, { only: 'module' });

const settings = [
  ['headerTableSize', -1, 2 ** 32, '1', null], ['initialWindowSize', -1, 2 ** 31, 'x'], ['maxFrameSize', 1, 16383, 2 ** 24],
  ['maxConcurrentStreams', -1, 2 ** 32], ['maxHeaderListSize', -1, 2 ** 32], ['maxHeaderSize', -1, 2 ** 32],
  ['enablePush', 1, 0, null, 'true', {}], ['enableConnectProtocol', 1, 'x'],
];
for (const [name, ...wrong] of settings) {
  behaviour(`settings.${name} out of its range`, async (t) => {
    for (const value of wrong) t.throws(t.c, name, () => t.http2.getPackedSettings({ [name]: value }));
  }, { only: 'module' });
}

behaviour('settings() with wrong arguments', async (t) => {
  await t.serve({});
  const session = t.connect();
  for (const wrong of [null, 'x', 5, [], { maxFrameSize: 1 }]) t.throws(t.c, 'settings', () => session.settings(wrong));
  t.throws(t.c, 'callback', () => session.settings({}, 'x'));
  t.throws(t.c, 'custom', () => session.settings({ customSettings: { 70000: 1 } }));
  t.throws(t.c, 'custom', () => session.settings({ customSettings: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [i + 100, 1])) }));
});

behaviour('goaway() with wrong arguments', async (t) => {
  await t.serve({});
  const session = t.connect();
  t.throws(t.c, 'code', () => session.goaway('x'));
  t.throws(t.c, 'last', () => session.goaway(0, 'x'));
  t.throws(t.c, 'data', () => session.goaway(0, 0, 'x'));
});

behaviour('connect with wrong arguments', async (t) => {
  for (const wrong of [undefined, null, 5, 'no url', []]) {
    try {
      t.http2.connect(wrong).on('error', () => {}).destroy();
      t.c('no error');
    } catch (e) { t.c(e.name, e.code, e.message); }
  }
  t.throws(t.c, 'protocol', () => t.http2.connect('ftp://x'));
  t.throws(t.c, 'options', () => t.http2.connect('http://localhost', 'x'));
  t.throws(t.c, 'custom', () => t.http2.connect('http://localhost', { remoteCustomSettings: 5 }));
}, { only: 'module' });

behaviour('createServer with wrong arguments', async (t) => {
  for (const wrong of [null, 5, 'x', []]) t.throws(t.c, 'options', () => t.http2.createServer(wrong));
  t.throws(t.c, 'settings', () => t.http2.createServer({ settings: 5 }));
  t.throws(t.c, 'secure', () => t.http2.createSecureServer(5));
  for (const name of ['maxSessionInvalidFrames', 'maxSessionRejectedStreams', 'unknownProtocolTimeout']) {
    for (const wrong of ['x', -1, 1.5, 2 ** 32]) t.throws(t.c, name, () => t.http2.createServer({ [name]: wrong }));
  }
  t.throws(t.c, 'callback', () => t.http2.createServer().setTimeout(5, 'x'));
}, { only: 'module' });

behaviour('headers that are not allowed in a request', async (t) => {
  await t.serve({}, (s) => { s.respond(); s.end(); });
  for (const h of [
    { ':wrong': 'x' }, { ':status': 200, ':bad': 1 }, { connection: 'close' }, { upgrade: 'x' }, { 'keep-alive': 'x' }, { 'transfer-encoding': 'chunked' },
    { 'proxy-connection': 'x' }, { 'http2-settings': 'x' }, { te: 'gzip' }, { 'content-type': ['a', 'b'] }, { 'Content-Length': 1, 'content-length': 2 },
    { ':path': ['a', 'b'] }, { ':method': 'CONNECT' }, { ':method': 'CONNECT', ':authority': 'x', ':scheme': 'http' }, { ':method': 'CONNECT', ':authority': 'x', ':path': '/' },
  ]) t.throws(t.c, JSON.stringify(h), () => t.connect().request(h).on('error', () => {}));
  for (const h of ['x', 5, []]) t.throws(t.c, 'headers', () => t.connect().request(h));
  for (const o of ['x', 5, null, { endStream: 1 }, { weight: 'x' }, { parent: -1 }, { exclusive: 'x' }]) t.throws(t.c, 'options', () => t.connect().request({}, o).on('error', () => {}));
});

behaviour('a header name that is no token destroys the session', async (t) => {
  await t.serve({});
  const session = t.watch(t.c, t.connect(), 'error', 'close');
  t.throws(t.c, 'request', () => session.request({ 'a b': 'x' }));
  await closed(session);
});

behaviour('te: trailers, empty names and undefined values', async (t) => {
  await t.serve({}, (s, h) => { t.s(h); s.respond(); s.end(); });
  const r = t.connect().request({ ':authority': 'here', te: 'trailers', '': 'x', a: undefined, b: null, c: [], d: 5, e: true });
  r.resume();
  await closed(r);
});

behaviour('respond() with wrong arguments, or twice', async (t) => {
  await t.serve({}, (s) => {
    t.throws(t.s, 'pseudo', () => s.respond({ ':path': '/' }));
    t.throws(t.s, 'connection', () => s.respond({ connection: 'x' }));
    t.throws(t.s, 'headers', () => s.respond('x'));
    t.throws(t.s, 'options', () => s.respond({}, 'x'));
    for (const status of [100, 199, 600, -1, 1000]) t.throws(t.s, status, () => s.respond({ ':status': status }));
    for (const status of [101, 99, 200]) t.throws(t.s, `info ${status}`, () => s.additionalHeaders({ ':status': status }));
    t.throws(t.s, 'info', () => s.additionalHeaders('x'));
    s.respond({ ':status': '200' });
    t.throws(t.s, 'twice', () => s.respond());
    t.throws(t.s, 'info late', () => s.additionalHeaders({ ':status': 103 }));
    t.throws(t.s, 'file late', () => s.respondWithFile('/x'));
    t.throws(t.s, 'fd late', () => s.respondWithFD(0));
    s.end();
    s.on('close', () => {
      t.throws(t.s, 'closed', () => s.respond());
      t.throws(t.s, 'info closed', () => s.additionalHeaders({}));
      t.throws(t.s, 'push closed', () => s.pushStream({}, () => {}));
    });
  });
  const r = t.connect().request({ ':authority': 'here' });
  r.resume();
  await closed(r);
});

behaviour('pushStream() with wrong arguments', async (t) => {
  await t.serve({}, (s) => {
    t.throws(t.s, 'callback', () => s.pushStream({}));
    t.throws(t.s, 'callback', () => s.pushStream({}, {}, 'x'));
    t.throws(t.s, 'headers', () => s.pushStream('x', () => {}));
    t.throws(t.s, 'options', () => s.pushStream({}, 'x', () => {}));
    t.throws(t.s, 'connection', () => s.pushStream({ connection: 'x' }, () => {}));
    s.respond();
    s.end();
  });
  const r = t.connect().request({ ':authority': 'here' });
  r.resume();
  await closed(r);
  t.c('closed');
});

behaviour('sendTrailers() at a wrong time', async (t) => {
  await t.serve({}, (s) => {
    t.throws(t.s, 'early', () => s.sendTrailers({}));
    s.respond({}, { waitForTrailers: true });
    s.on('wantTrailers', () => {
      t.throws(t.s, 'pseudo', () => s.sendTrailers({ ':status': 5 }));
      t.throws(t.s, 'type', () => s.sendTrailers('x'));
      s.sendTrailers({ a: 'b' });
      t.throws(t.s, 'twice', () => s.sendTrailers({}));
    });
    s.end('x');
    s.on('close', () => t.throws(t.s, 'late', () => s.sendTrailers({})));
  });
  const r = t.connect().request({ ':authority': 'here' });
  r.resume();
  await closed(r);
});

behaviour('close() of a stream with wrong arguments', async (t) => {
  await t.serve({}, (s) => { s.respond(); s.end(); });
  const r = t.connect().request({ ':authority': 'here' });
  for (const wrong of ['x', 1.5, -1, 2 ** 32]) t.throws(t.c, wrong, () => r.close(wrong));
  t.throws(t.c, 'callback', () => r.close(0, 'x'));
  r.resume();
  await closed(r);
});

behaviour('setTimeout of a stream with wrong arguments', async (t) => {
  await t.serve({}, (s) => { s.respond(); s.end(); });
  const r = t.connect().request({ ':authority': 'here' });
  for (const wrong of ['x', -1, NaN, Infinity]) t.throws(t.c, wrong, () => r.setTimeout(wrong));
  t.throws(t.c, 'callback', () => r.setTimeout(5, 'x'));
  r.resume();
  await closed(r);
});

behaviour('origin() with wrong arguments', async (t) => {
  const server = await t.serve({});
  const [session] = await Promise.all([event(server, 'session').then(([s]) => s), event(t.connect(), 'connect')]);
  t.s(session.origin());
  t.throws(t.s, 'opaque', () => session.origin('data:x'));
  t.throws(t.s, 'type', () => session.origin(5));
  t.throws(t.s, 'object', () => session.origin({}));
  t.throws(t.s, 'length', () => session.origin(...Array(20).fill(`https://${'x'.repeat(1000)}`)));
  t.c('done');
});
