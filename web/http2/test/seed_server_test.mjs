// The seed's http2, heading by heading: servers, clients, settings, errors.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import tls from 'node:tls';
import { closed, event, text, seed as http2 } from './differ.mjs';
import { hello, identity, over, pair, thrown } from './seed_pair.mjs';

const { constants } = http2;

// Servers

pair('seed: timeout of a server', async ({ server }) => {
  await new Promise((done) => { server.setTimeout(15, done); http2.connect(`http://127.0.0.1:${server.address().port}`).on('error', () => {}); });
});

pair('seed: timeout of a secure server', async ({ server }) => {
  const said = event(server, 'timeout');
  server.setTimeout(15);
  http2.connect(`https://127.0.0.1:${server.address().port}`, { ca: identity.cert, servername: 'localhost' }).on('error', () => {});
  await said;
}, { secure: true });

pair('seed: a secure server', async ({ client, server }) => {
  assert.ok(server instanceof tls.Server);
  assert.equal(await text(client.request({})), 'hello');
  assert.ok(client.socket instanceof tls.TLSSocket);
}, { secure: true, onStream: hello });

pair('seed: unknownProtocol', async ({ server }) => {
  const dial = () => tls.connect({ port: server.address().port, host: '127.0.0.1', ca: identity.cert, servername: 'localhost' }).on('error', () => {});
  await closed(dial().resume()); // nobody listens: the connection is terminated
  const said = event(server, 'unknownProtocol');
  dial();
  const [socket] = await said;
  socket.destroy();
}, { secure: true });

pair('seed: paddings', async ({ client }) => {
  assert.equal(await text(client.request({ ':path': '/' })), 'hello');
}, { server: { paddingStrategy: constants.PADDING_STRATEGY_MAX }, client: { paddingStrategy: constants.PADDING_STRATEGY_NONE }, onStream: hello });

const asked = [];
pair('seed: selectPadding', async ({ client }) => {
  assert.equal(await text(client.request({ ':path': '/' })), 'hello');
  assert.ok(asked.length >= 2, 'once for HEADERS, once for DATA');
  for (const [frameLen, maxFrameLen] of asked) assert.ok(frameLen > 0 && frameLen <= maxFrameLen, `${frameLen} of ${maxFrameLen}`);
  assert.equal(asked.some(([n]) => n === 5), true);
}, { server: { paddingStrategy: constants.PADDING_STRATEGY_CALLBACK, selectPadding(frameLen, maxFrameLen) { asked.push([frameLen, maxFrameLen]); return maxFrameLen; } }, onStream: hello });

pair('seed: frameError for headers beyond maxSendHeaderBlockLength', async ({ client }) => {
  const r = client.request({ big: 'x'.repeat(3000) });
  r.on('error', () => {});
  const [type, code] = await event(r, 'frameError');
  assert.deepEqual([type, code], [1, constants.NGHTTP2_FRAME_SIZE_ERROR]);
  await over(r);
  assert.equal(r.destroyed, true);
}, { client: { maxSendHeaderBlockLength: 1000 }, onStream: hello });

pair('seed: peerMaxConcurrentStreams', async ({ client }) => {
  await event(client, 'connect');
  const a = client.request({ ':method': 'POST' }), b = client.request({ ':method': 'POST' });
  assert.deepEqual([a.id, b.id], [1, undefined]);
  await event(b, 'ready'); // the server's SETTINGS came
  assert.equal(b.id, 3);
}, { client: { peerMaxConcurrentStreams: 1 } });

pair('seed: maxReservedRemoteStreams', async ({ client, server }) => {
  const codes = new Promise((done) => {
    const list = [];
    server.on('stream', (s) => {
      s.respond();
      for (let i = 0; i < 3; i++) s.pushStream({ ':path': `/${i}` }, (push) => { push.on('error', () => {}); push.on('streamClosed', (code) => { list.push(code); if (list.length === 1) done(list); }); });
    });
  });
  client.request({ ':method': 'POST' });
  assert.deepEqual(await codes, [constants.NGHTTP2_REFUSED_STREAM]);
}, { client: { maxReservedRemoteStreams: 2 } });

pair('seed: maxDeflateDynamicTableSize', async ({ client }) => {
  assert.equal(await text(client.request({ 'x-a': 'b' })), 'hello');
  assert.equal(client.state.deflateDynamicTableSize, 0);
}, { client: { maxDeflateDynamicTableSize: 1 }, onStream: hello });

pair('seed: settings of the options', async ({ client }) => {
  const [s] = await event(client, 'remoteSettings');
  assert.deepEqual([s.maxConcurrentStreams, s.maxFrameSize], [9, 20000]);
}, { server: { settings: { maxConcurrentStreams: 9, maxFrameSize: 20000 } } });

pair('seed: a request handler', async ({ client, server }) => {
  server.on('request', (req, res) => res.end(`${req.method} ${req.url}`));
  assert.equal(await text(client.request({ ':path': '/c' })), 'GET /c');
});

pair('seed: connect', async ({ at, client }) => {
  await event(client, 'connect');
  const url = http2.connect(new URL(at), () => url.destroy());
  await closed(url);
  assert.equal(thrown(() => http2.connect('ftp://x')).code, 'ERR_HTTP2_UNSUPPORTED_PROTOCOL');
});

pair('seed: allowHTTP1', async ({ server, client }) => {
  server.on('request', (req, res) => { res.writeHead(200); res.end(req.httpVersion); });
  assert.equal(await text(client.request({})), '2.0');
  const socket = tls.connect({ port: server.address().port, host: '127.0.0.1', ca: identity.cert, servername: 'localhost', ALPNProtocols: ['http/1.1'] });
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(await text(socket), /^HTTP\/1\.1 200[^]*1\.1/);
}, { secure: true, server: { allowHTTP1: true } });

// Constants and settings

test('seed: constants', () => {
  const codes = ['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED', 'FRAME_SIZE_ERROR', 'REFUSED_STREAM',
    'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM', 'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED'];
  codes.forEach((name, i) => assert.equal(constants[`NGHTTP2_${name}`], i));
  assert.deepEqual([constants.PADDING_STRATEGY_NONE, constants.PADDING_STRATEGY_MAX, constants.PADDING_STRATEGY_CALLBACK], [0, 1, 2]);
  assert.equal(constants.HTTP2_HEADER_PATH, ':path');
});

test('seed: getDefaultSettings', () => {
  const s = http2.getDefaultSettings();
  assert.deepEqual({ ...s }, { headerTableSize: 4096, enablePush: true, initialWindowSize: 65535, maxFrameSize: 16384 });
  s.enablePush = false;
  assert.equal(http2.getDefaultSettings().enablePush, true);
});

test('seed: getPackedSettings and getUnpackedSettings', () => {
  assert.equal(http2.getPackedSettings({ enablePush: false }).toString('base64'), 'AAIAAAAA');
  const all = { headerTableSize: 1, enablePush: true, initialWindowSize: 3, maxFrameSize: 16384, maxConcurrentStreams: 5, maxHeaderListSize: 6, other: 7 };
  const { other, ...known } = all;
  const { maxHeaderSize, ...back } = http2.getUnpackedSettings(http2.getPackedSettings(all));
  assert.deepEqual(back, known);
  assert.equal(thrown(() => http2.getUnpackedSettings(Buffer.alloc(5))).code, 'ERR_HTTP2_INVALID_PACKED_SETTINGS_LENGTH');
  assert.equal(thrown(() => http2.getUnpackedSettings('x')).code, 'ERR_INVALID_ARG_TYPE');
});

test('seed: ranges of settings', () => {
  for (const [name, ok, wrong] of [['headerTableSize', [0, 2 ** 32 - 1], [-1, 2 ** 32, 'x']], ['enablePush', [true, false], [1, 'true']],
    ['initialWindowSize', [0, 2 ** 31, 2 ** 32 - 1], [-1, 2 ** 32]], ['maxFrameSize', [16384, 2 ** 24 - 1], [16383, 2 ** 24]],
    ['maxConcurrentStreams', [0, 2 ** 31 - 1], [-1, 2 ** 31]], ['maxHeaderListSize', [0, 2 ** 32 - 1], [-1, 2 ** 32]]]) {
    for (const v of ok) http2.getPackedSettings({ [name]: v });
    for (const v of wrong) {
      const e = thrown(() => http2.getPackedSettings({ [name]: v }));
      assert.deepEqual([e.code, e.message], ['ERR_HTTP2_INVALID_SETTING_VALUE', `Invalid value for setting "${name}": ${v}`]);
    }
  }
  assert.equal(http2.getPackedSettings({ initialWindowSize: 2 ** 32 - 1 }).toString('hex'), '00047fffffff'); // RFC 9113, section 6.5.2
});

pair('seed: headers objects', async ({ client, server }) => {
  const seen = event(server, 'stream').then(([, h]) => h);
  const r = client.request({ ABC: ['has', 'more', 'than', 'one', 'value'], n: 5 });
  const h = await seen;
  assert.deepEqual([h.abc, h.n, Object.getPrototypeOf(h)], ['has, more, than, one, value', '5', null]);
  assert.deepEqual(Object.getOwnPropertySymbols(h), []);
  r.resume();
}, { onStream: hello });

pair('seed: the four kinds of errors', async ({ client, server }) => {
  assert.equal(thrown(() => client.request('x')).code, 'ERR_INVALID_ARG_TYPE'); // validation
  const seen = event(server, 'stream');
  const r = client.request({ ':method': 'POST' });
  r.on('error', () => {});
  const [s] = await seen;
  s.on('error', () => {});
  s.respond();
  assert.equal(thrown(() => s.respond()).code, 'ERR_HTTP2_HEADERS_SENT'); // state
  s.rstStream(2);
  assert.equal(thrown(() => s.respond()).code, 'ERR_HTTP2_INVALID_STREAM');
  assert.equal(thrown(() => client.request({ connection: 'x' })).code, 'ERR_HTTP2_INVALID_CONNECTION_HEADERS'); // protocol
  const failed = event(client, 'error');
  client.destroy(new Error('internal'));
  assert.equal((await failed)[0].message, 'internal'); // internal
});

pair('seed: CONNECT', async ({ client, server, t }) => {
  const target = net.createServer((socket) => { let name = ''; socket.setEncoding('utf8'); socket.on('data', (d) => { name += d; }); socket.on('end', () => socket.end(`hello ${name}`)); });
  target.listen(0, '127.0.0.1');
  await event(target, 'listening');
  t.after(() => target.close());
  server.on('stream', (stream, headers) => {
    const auth = new URL(`tcp://${headers[':authority']}`);
    const socket = net.connect(auth.port, auth.hostname, () => { stream.respond(); socket.pipe(stream); stream.pipe(socket); });
  });
  for (const wrong of [{}, { ':authority': 'x', ':path': '/' }, { ':authority': 'x', ':scheme': 'http' }]) {
    assert.match(thrown(() => client.request({ ':method': 'CONNECT', ...wrong })).code, /^ERR_HTTP2_CONNECT_/);
  }
  const r = client.request({ ':method': 'CONNECT', ':authority': `127.0.0.1:${target.address().port}` });
  r.end('Jane');
  assert.equal(await text(r), 'hello Jane');
});

test('seed: options out of their range', () => {
  const { PADDING_STRATEGY_CALLBACK } = constants;
  for (const make of [(o) => http2.createServer(o), (o) => http2.createSecureServer(o), (o) => http2.connect('http://localhost:1', o)]) {
    for (const [options, code] of [
      ['x', 'ERR_INVALID_ARG_TYPE'], [{ maxDeflateDynamicTableSize: -1 }, 'ERR_OUT_OF_RANGE'], [{ maxDeflateDynamicTableSize: 'x' }, 'ERR_INVALID_ARG_TYPE'],
      [{ maxSendHeaderBlockLength: 1.5 }, 'ERR_OUT_OF_RANGE'], [{ maxReservedRemoteStreams: 2 ** 32 }, 'ERR_OUT_OF_RANGE'], [{ peerMaxConcurrentStreams: null }, 'ERR_INVALID_ARG_TYPE'],
      [{ paddingStrategy: 3 }, 'ERR_INVALID_ARG_VALUE'], [{ paddingStrategy: PADDING_STRATEGY_CALLBACK }, 'ERR_INVALID_ARG_TYPE'], [{ selectPadding: 5 }, 'ERR_INVALID_ARG_TYPE'],
      [{ settings: 5 }, 'ERR_INVALID_ARG_TYPE'], [{ settings: { maxFrameSize: 5 } }, 'ERR_HTTP2_INVALID_SETTING_VALUE'],
    ]) assert.equal(thrown(() => make(options)).code, code, JSON.stringify(options));
  }
});

pair('seed: maxReservedRemoteStreams of 0 refuses every push', async ({ client, server }) => {
  const code = new Promise((done) => {
    server.on('stream', (s) => { s.respond(); s.pushStream({}, (push) => { push.on('error', () => {}); push.on('streamClosed', done); }); });
  });
  client.on('stream', () => assert.fail('it came through'));
  client.request({ ':method': 'POST' });
  assert.equal(await code, constants.NGHTTP2_REFUSED_STREAM);
}, { client: { maxReservedRemoteStreams: 0 } });
