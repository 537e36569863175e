// The seed's http2, heading by heading: sessions.
import assert from 'node:assert/strict';
import net from 'node:net';
import { closed, event, text, seed as http2 } from './differ.mjs';
import { hello, idle, over, pair, thrown } from './seed_pair.mjs';

const { constants } = http2;

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
