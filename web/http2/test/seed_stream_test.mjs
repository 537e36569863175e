// The seed's http2, heading by heading: streams.
import assert from 'node:assert/strict';
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { event, text, seed as http2 } from './differ.mjs';
import { hello, over, pair, thrown } from './seed_pair.mjs';

const { constants } = http2;

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
