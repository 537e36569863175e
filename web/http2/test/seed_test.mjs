// The seed's http2, heading by heading: names, events, values and errors that
// differ from Node 20's, and that all is there.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import tls from 'node:tls';
import { mkdtempSync, openSync, closeSync, rmSync, writeFileSync, readFileSync, fstatSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closed, event, seed as http2, text } from './differ.mjs';

const { constants } = http2;
const folder = new URL('./', import.meta.url);
const identity = { key: readFileSync(new URL('key.pem', folder)), cert: readFileSync(new URL('cert.pem', folder)) };

/** A test with a server and a client of it; both end with the test. */
function pair(title, body, { server: so, client: co, secure = false, onStream } = {}) {
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

const hello = (s) => { s.respond({ 'content-type': 'text/plain' }); s.end('hello'); };
const over = (stream) => event(stream, 'streamClosed').then(([code]) => code);
const thrown = (f) => { try { f(); } catch (e) { return e; } return assert.fail('nothing was thrown'); };
const idle = () => new Promise((done) => { setTimeout(done, 10); });

// Http2Session

pair('seed: a request and its response', async ({ client, server }) => {
  const flags = event(server, 'stream').then(([, h, f]) => [h[':path'], Object.getPrototypeOf(h), f]);
  const r = client.request({ ':path': '/x' });
  const [headers, f] = await event(r, 'response');
  assert.equal(headers[':status'], 200);
  assert.equal(headers['content-type'], 'text/plain');
  assert.match(headers.date, /GMT$/);
  assert.equal(f, constants.NGHTTP2_FLAG_END_HEADERS);
  assert.equal(await text(r), 'hello');
  assert.deepEqual(await flags, ['/x', null, 5]);
}, { onStream: hello });

pair('seed: session close, connect and destroy', async ({ client, server }) => {
  const [s, socket] = await event(client, 'connect');
  assert.equal(s, client);
  assert.ok(socket instanceof net.Socket);
  const other = server.listenerCount('session') && client;
  const gone = [closed(other), closed(socket)];
  assert.equal(client.destroyed, false);
  assert.equal(client.destroy(), undefined);
  assert.equal(client.destroyed, true);
  await Promise.all(gone);
  assert.equal(thrown(() => client.request({})).code, 'ERR_HTTP2_INVALID_SESSION');
});

pair('seed: session error goes to its listeners, its socket and its server', async ({ client, server }) => {
  const [session] = await event(server, 'session');
  const said = [];
  server.on('sessionError', (e, s) => said.push(['server', e.code, s === session]));
  session.socket.on('sessionError', (e) => said.push(['socket', e.code]));
  await event(client, 'connect');
  client.socket.write('no frame of HTTP/2 at all, and long enough to be one');
  await closed(session);
  assert.deepEqual(said, [['socket', 'ERR_HTTP2_ERROR'], ['server', 'ERR_HTTP2_ERROR', true]]);
});

pair('seed: session error that nobody listens for is the server\'s', async ({ client, server }) => {
  await event(client, 'connect');
  client.socket.write('no frame of HTTP/2 at all, and long enough to be one');
  const [e] = await event(server, 'error');
  assert.equal(e.code, 'ERR_HTTP2_ERROR');
});

pair('seed: session error of a secure server is the session\'s', async ({ client, server }) => {
  const [session] = await event(server, 'session');
  client.on('error', () => {});
  client.socket.write('no frame of HTTP/2 at all, and long enough to be one');
  const [e] = await event(session, 'error');
  assert.equal(e.code, 'ERR_HTTP2_ERROR');
}, { secure: true });

pair('seed: goaway', async ({ client, server }) => {
  const [session] = await event(server, 'session');
  session.shutdown({ errorCode: 0, lastStreamID: 5, opaqueData: Buffer.from('why') });
  const [code, last, data] = await event(client, 'goaway');
  assert.deepEqual([code, last, String(data)], [0, 5, 'why']);
  await closed(client);
});

pair('seed: goaway with an error code', async ({ client, server }) => {
  const [session] = await event(server, 'session');
  session.on('error', () => {});
  session.shutdown({ errorCode: constants.NGHTTP2_ENHANCE_YOUR_CALM });
  const failed = event(client, 'error');
  assert.equal((await event(client, 'goaway'))[0], 11);
  assert.equal((await failed)[0].message, 'Session closed with error code 11');
});

pair('seed: localSettings, remoteSettings and pendingSettingsAck', async ({ client, server }) => {
  const remote = event(server, 'session').then(async ([s]) => { await event(s, 'remoteSettings'); return (await event(s, 'remoteSettings'))[0]; });
  assert.equal(client.pendingSettingsAck || client.connecting, true);
  await event(client, 'localSettings');
  assert.equal(client.pendingSettingsAck, false);
  assert.equal(client.localSettings.enablePush, true);
  assert.equal(client.settings({ enablePush: false, initialWindowSize: 1000 }), undefined);
  assert.equal(client.pendingSettingsAck, true);
  const [local] = await event(client, 'localSettings');
  assert.equal(local.enablePush, false);
  assert.equal(client.localSettings.initialWindowSize, 1000);
  assert.equal(Object.getPrototypeOf(client.localSettings), null);
  assert.equal(Object.getPrototypeOf(client.remoteSettings), null);
  assert.equal((await remote).initialWindowSize, 1000);
});

pair('seed: the stream event of a session', async ({ server, client }) => {
  const seen = event(server, 'session').then(([s]) => event(s, 'stream'));
  client.request({ ':path': '/s' }).resume();
  const [stream, headers, flags] = await seen;
  assert.deepEqual([stream.id, headers[':path'], flags], [1, '/s', 5]);
}, { onStream: hello });

pair('seed: socketError on the session', async ({ client }) => {
  await event(client, 'connect');
  const e = new Error('broken'), said = event(client, 'socketError');
  client.socket.destroy(e);
  assert.equal((await said)[0], e);
});

pair('seed: socketError on the server', async ({ client, server }) => {
  const [session] = await event(server, 'session');
  client.on('error', () => {});
  const e = new Error('broken'), said = event(server, 'socketError');
  session.socket.destroy(e);
  assert.equal((await said)[0], e);
});

pair('seed: socketError of a secure server', async ({ client, server }) => {
  const [session] = await event(server, 'session');
  client.on('error', () => {});
  const e = new Error('broken'), said = event(server, 'socketError');
  session.socket.destroy(e);
  assert.equal((await said)[0], e);
}, { secure: true });

pair('seed: timeout of a session', async ({ client }) => {
  await event(client, 'localSettings');
  await new Promise((done) => { client.setTimeout(15, done); });
});

pair('seed: request options', async ({ client, server }) => {
  for (const [options, code] of [[{ weight: 'x' }, 'ERR_INVALID_ARG_TYPE'], [{ parent: 'x' }, 'ERR_INVALID_ARG_TYPE'], [{ parent: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ exclusive: 1 }, 'ERR_INVALID_ARG_TYPE'], [{ endStream: 1 }, 'ERR_INVALID_ARG_TYPE']]) {
    assert.equal(thrown(() => client.request({}, options)).code, code, JSON.stringify(options));
  }
  const streams = [event(server, 'stream')];
  const r = client.request({ ':method': 'POST' }, { endStream: true, weight: 200, parent: 0, exclusive: true });
  assert.equal(r.writableEnded, true);
  const [[s, headers, flags]] = await Promise.all(streams);
  assert.deepEqual([headers[':method'], flags], ['POST', 5]);
  assert.equal(s.state.weight, 200);
  r.resume();
  assert.equal(server.constructor.prototype.request, undefined);
  assert.equal(s.session.request, undefined);
}, { onStream: hello });

pair('seed: session.rstStream', async ({ client }) => {
  const r = client.request({ ':method': 'POST' });
  r.on('error', () => {});
  assert.equal(thrown(() => client.rstStream({})).code, 'ERR_INVALID_ARG_TYPE');
  client.rstStream(r, constants.NGHTTP2_CANCEL);
  assert.equal(await over(r), 8);
  const q = client.request({ ':method': 'POST' });
  client.rstStream(q);
  q.resume();
  assert.equal(await over(q), constants.NGHTTP2_NO_ERROR);
});

pair('seed: shutdown', async ({ client, server }) => {
  const [session] = await event(server, 'session');
  await event(client, 'connect');
  await new Promise((done) => { session.shutdown({}, done); });
  assert.equal(session.destroyed, false);
  for (const wrong of [{ errorCode: 'x' }, { lastStreamID: 'x' }, { lastStreamID: -1 }, { opaqueData: 'x' }, { errorCode: -1 }]) {
    assert.match(thrown(() => client.shutdown(wrong)).code, /ERR_INVALID_ARG_TYPE|ERR_OUT_OF_RANGE/, JSON.stringify(wrong));
  }
  assert.equal(thrown(() => client.shutdown({}, 5)).code, 'ERR_INVALID_ARG_TYPE');
});

pair('seed: a graceful shutdown', async ({ client, server }) => {
  const said = [];
  client.on('goaway', (code, last, data) => said.push([code, last, data && String(data)]));
  const [session] = await event(server, 'session');
  await event(client, 'localSettings');
  session.shutdown({ graceful: true, opaqueData: Buffer.from('debug') }, () => session.destroy());
  await closed(client);
  assert.deepEqual(said.slice(0, 2), [[0, 2 ** 31 - 1, undefined], [0, 0, 'debug']]);
});

pair('seed: the socket of a session', async ({ client, server }) => {
  const [session] = await event(server, 'session');
  assert.ok(session.socket instanceof net.Socket);
  assert.ok(client.socket instanceof net.Socket);
});

pair('seed: state of a session', async ({ client }) => {
  await event(client, 'localSettings');
  const before = client.state;
  assert.deepEqual(Object.keys(before), ['effectiveLocalWindowSize', 'effectiveRecvDataLength', 'nextStreamID', 'localWindowSize',
    'lastProcStreamID', 'remoteWindowSize', 'outboundQueueSize', 'deflateDynamicTableSize', 'inflateDynamicTableSize']);
  assert.deepEqual([before.effectiveLocalWindowSize, before.effectiveRecvDataLength, before.nextStreamID, before.localWindowSize, before.lastProcStreamID,
    before.remoteWindowSize, before.deflateDynamicTableSize, before.inflateDynamicTableSize], [65535, 0, 1, 65535, 0, 65535, 0, 0]);
  const r = client.request({ ':path': '/', 'x-new': 'field' });
  assert.equal(await text(r), 'hello');
  const after = client.state;
  assert.equal(after.nextStreamID, 3);
  assert.equal(after.localWindowSize, 65535 - 5);
  assert.equal(after.effectiveRecvDataLength, 5);
  assert.ok(after.deflateDynamicTableSize > 40 && after.inflateDynamicTableSize > 40, JSON.stringify(after));
}, { onStream: hello });

pair('seed: priority', async ({ client, server }) => {
  const seen = event(server, 'stream');
  const r = client.request({ ':method': 'POST' });
  const [s] = await seen;
  const told = event(s, 'priority');
  client.priority(r, { parent: 0, weight: 33, exclusive: true });
  assert.deepEqual(await told, [1, 0, 33, true]);
  assert.equal(thrown(() => client.priority({}, {})).code, 'ERR_INVALID_ARG_TYPE');
  assert.equal(thrown(() => r.priority({ weight: 'x' })).code, 'ERR_INVALID_ARG_TYPE');
  assert.equal(s.state.weight, 33);
});

pair('seed: a silent priority', async ({ client, server }) => {
  const seen = event(server, 'stream');
  client.request({ ':method': 'POST' }).on('priority', () => assert.fail('it was sent'));
  const [s] = await seen;
  s.priority({ weight: 99, silent: true });
  s.session.priority(s, { weight: 99, silent: true });
  await idle();
  assert.equal(s.state.weight, 99);
});

pair('seed: type of a session', async ({ client, server }) => {
  const [session] = await event(server, 'session');
  assert.deepEqual([client.type, session.type], [constants.NGHTTP2_SESSION_CLIENT, constants.NGHTTP2_SESSION_SERVER]);
});

// Http2Stream

pair('seed: a stream is buffered until it is ready', async ({ client }) => {
  const r = client.request({ ':method': 'POST' });
  assert.equal(r.id, undefined);
  const ready = event(r, 'ready');
  r.end('early');
  await ready;
  assert.equal(r.id, 1);
  assert.equal(await text(r), 'early');
}, { onStream: (s) => { s.respond(); s.pipe(s); } });

pair('seed: destruction of a stream', async ({ client, server }) => {
  server.on('stream', (s) => s.on('error', () => {}));
  const r = client.request({ ':method': 'POST' }), e = new Error('mine');
  assert.equal(r.session, client);
  await event(r, 'ready');
  const failed = event(r, 'error');
  r.destroy(e);
  assert.equal(r.destroyed, true);
  assert.equal(r.session, undefined);
  assert.equal((await failed)[0], e);
  assert.equal(r.rstCode, constants.NGHTTP2_INTERNAL_ERROR);
});

pair('seed: aborted', async ({ client, server }) => {
  const seen = event(server, 'stream');
  const r = client.request({ ':method': 'POST' });
  r.on('error', () => {});
  const [s] = await seen;
  s.on('error', () => {});
  s.respond();
  const said = event(s, 'aborted');
  r.rstWithCancel();
  await said;
  assert.equal(s.aborted, true);
});

pair('seed: fetchTrailers and trailers', async ({ client }) => {
  const r = client.request({});
  r.resume();
  const [trailers, flags] = await event(r, 'trailers');
  assert.deepEqual({ ...trailers }, { abc: 'some value to send' });
  assert.equal(flags, 5);
}, { onStream: (s) => { s.on('fetchTrailers', (t) => { assert.equal(Object.getPrototypeOf(t), null); t.ABC = 'some value to send'; }); s.respond(); s.end('x'); } });

pair('seed: pseudo-header fields in trailers are an error', async ({ client, server }) => {
  const failed = event(server, 'stream').then(([s]) => {
    s.on('fetchTrailers', (t) => { t[':status'] = 5; });
    s.respond();
    s.end('x');
    return event(s, 'error');
  });
  client.request({}).on('error', () => {}).resume();
  assert.equal((await failed)[0].code, 'ERR_HTTP2_INVALID_PSEUDOHEADER');
});

pair('seed: streamClosed with and without an error', async ({ client }) => {
  const fine = client.request({});
  fine.resume();
  assert.equal(await over(fine), 0);
  assert.equal(fine.rstCode, 0);
  const r = client.request({ ':method': 'POST' });
  assert.equal(r.rstCode, undefined);
  const failed = event(r, 'error');
  r.rstStream(7);
  assert.equal(await over(r), 7);
  const [e] = await failed;
  assert.deepEqual([e.message, e.code], ['Stream closed with error code 7', 'ERR_HTTP2_STREAM_ERROR']);
}, { onStream: hello });

pair('seed: timeout of a stream', async ({ client }) => {
  const r = client.request({ ':method': 'POST' });
  await new Promise((done) => { r.setTimeout(15, done); });
  r.on('error', () => {});
  r.rstStreamWithCancel();
  assert.equal(await over(r), 8);
});

for (const [title, code] of [['seed: rstWithNoError', 0], ['seed: rstWithProtocolError', 1], ['seed: rstWithCancel', 8], ['seed: rstWithRefuse', 7], ['seed: rstWithInternalError', 2], ['seed: rstWithRefused', 7]]) {
  pair(title, async ({ client, server }) => {
    const name = title.slice('seed: '.length);
    const seen = event(server, 'stream').then(([s]) => { s.on('error', () => {}); s.resume(); return over(s); });
    const r = client.request({ ':method': 'POST' });
    r.on('error', (e) => assert.equal(e.message, `Stream closed with error code ${code}`));
    r.resume();
    await event(r, 'ready');
    r[name]();
    assert.equal(await over(r), code);
    assert.equal(r.rstCode, code);
    assert.equal(await seen, code);
  });
}

pair('seed: rstStream checks its code', async ({ client }) => {
  const r = client.request({ ':method': 'POST' });
  r.on('error', () => {});
  assert.equal(thrown(() => r.rstStream('x')).code, 'ERR_INVALID_ARG_TYPE');
  assert.equal(thrown(() => r.rstStream(-1)).code, 'ERR_OUT_OF_RANGE');
});

pair('seed: state of a stream', async ({ client, server }) => {
  const seen = event(server, 'stream');
  const r = client.request({ ':method': 'POST' }, { weight: 50 });
  r.end('12345');
  const [s] = await seen;
  await event(s, 'readable').then(() => s.pause());
  assert.deepEqual(Object.keys(s.state), ['localWindowSize', 'state', 'streamLocalClose', 'streamRemoteClose', 'sumDependencyWeight', 'weight']);
  const { localWindowSize, state, streamLocalClose, streamRemoteClose, sumDependencyWeight, weight } = s.state;
  assert.deepEqual([localWindowSize, state, streamLocalClose, streamRemoteClose, sumDependencyWeight, weight],
    [65535 - 5, constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE, 0, 1, 0, 50]);
  const child = event(server, 'stream');
  client.request({ ':method': 'POST' }, { parent: 1, weight: 20 });
  await child;
  assert.equal(s.state.sumDependencyWeight, 20);
});

pair('seed: a stream is a Duplex', async ({ client }) => {
  const r = client.request({ ':method': 'POST' });
  r.write('a');
  r.write(Buffer.from('b'));
  r.end('c');
  assert.equal(await text(r), 'abc');
}, { onStream: (s) => { s.respond(); s.pipe(s); } });

// ClientHttp2Stream, ServerHttp2Stream

pair('seed: headers and additionalHeaders', async ({ client }) => {
  const r = client.request({}), said = [];
  r.on('headers', (h, flags) => said.push([h[':status'], h.link, flags]));
  await event(r, 'response');
  assert.deepEqual(said, [[103, '</a>', 4]]);
  r.resume();
}, { onStream: (s) => { assert.equal(s.additionalHeaders({ ':status': 103, link: '</a>' }), undefined); hello(s); } });

pair('seed: push', async ({ client, server }) => {
  let called;
  server.on('stream', (s) => {
    assert.equal(s.pushAllowed, true);
    for (const wrong of [() => s.pushStream({}), () => s.pushStream('x', () => {}), () => s.pushStream({}, 'x', () => {})]) assert.equal(thrown(wrong).code, 'ERR_INVALID_ARG_TYPE');
    s.respond();
    assert.equal(s.pushStream({ ':path': '/p' }, { weight: 5, parent: 0, exclusive: false }, (push, headers, flags) => {
      called = [push.id, headers[':path'], flags, push.state.weight];
      push.respond({ ':status': 200 });
      push.end('some pushed data');
    }), undefined);
    s.end('some data');
  });
  const seen = event(client, 'stream');
  client.request({}).resume();
  const [push, headers] = await seen;
  assert.equal(headers[':path'], '/p');
  const [response] = await event(push, 'push');
  assert.equal(response[':status'], 200);
  assert.equal(await text(push), 'some pushed data');
  assert.deepEqual(called, [2, '/p', 0, 5]);
});

pair('seed: pushAllowed', async ({ client, server }) => {
  const said = event(server, 'stream').then(([s]) => [s.pushAllowed, thrown(() => s.pushStream({}, () => {})).code]);
  client.request({}).resume();
  assert.deepEqual(await said, [false, 'ERR_HTTP2_PUSH_DISABLED']);
}, { client: { settings: { enablePush: false } } });

pair('seed: respond and headersSent', async ({ client, server }) => {
  const said = event(server, 'stream').then(([s]) => {
    const a = s.headersSent;
    s.respond({ ':status': 404 }, { endStream: true });
    return [a, s.headersSent, thrown(() => s.respond()).code, thrown(() => s.additionalHeaders({})).code];
  });
  const r = client.request({});
  const [headers, flags] = await event(r, 'response');
  r.resume();
  assert.deepEqual([headers[':status'], flags], [404, 5]);
  assert.deepEqual(await said, [false, true, 'ERR_HTTP2_HEADERS_SENT', 'ERR_HTTP2_HEADERS_AFTER_RESPOND']);
});

function files(t) {
  const dir = mkdtempSync(join(tmpdir(), 'seed-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const path = join(dir, 'file');
  writeFileSync(path, 'what the file says');
  return { dir, path };
}

pair('seed: respondWithFD', async ({ client, server, t }) => {
  const fd = openSync(files(t).path, 'r');
  t.after(() => closeSync(fd));
  server.on('stream', (s) => {
    s.on('fetchTrailers', () => assert.fail('no trailers with a file'));
    const stat = fstatSync(fd);
    s.respondWithFD(fd, { 'content-length': stat.size, 'last-modified': stat.mtime.toUTCString(), 'content-type': 'text/plain' });
    assert.equal(s.writableEnded, true);
  });
  const r = client.request({});
  const [headers] = await event(r, 'response');
  assert.equal(headers['content-length'], '18');
  assert.equal(await text(r), 'what the file says');
});

pair('seed: respondWithFD of a descriptor that can\'t be read', async ({ client, server }) => {
  server.on('stream', (s) => { s.on('error', () => {}); s.respondWithFD(54321); });
  const r = client.request({});
  r.on('error', () => {});
  r.resume();
  assert.equal(await over(r), constants.NGHTTP2_INTERNAL_ERROR);
});

pair('seed: respondWithFile and statCheck', async ({ client, server, t }) => {
  const { path, dir } = files(t);
  server.on('stream', (s, h) => {
    s.on('error', () => {});
    switch (h[':path']) {
      case '/file': s.respondWithFile(path, { 'content-type': 'text/plain' }, { statCheck(stat, headers) { headers['last-modified'] = stat.mtime.toUTCString(); } }); break;
      case '/same': s.respondWithFile(path, {}, { statCheck() { s.respond({ ':status': 304 }); return false; } }); break;
      default: s.respondWithFile(dir);
    }
  });
  const get = async (p) => { const r = client.request({ ':path': p }); r.on('error', () => {}); const done = over(r); const h = await Promise.race([event(r, 'response').then(([x]) => x), done.then(() => null)]); return [h, await text(r).catch(() => ''), await done]; };
  const [headers, body] = await get('/file');
  assert.deepEqual([headers['content-length'], body], ['18', 'what the file says']);
  assert.match(headers['last-modified'], /GMT/);
  assert.equal((await get('/same'))[0][':status'], 304);
  assert.deepEqual(await get('/dir'), [null, '', constants.NGHTTP2_INTERNAL_ERROR]);
});

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
