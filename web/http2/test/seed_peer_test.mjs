// The seed's entry with Node's own http2 at the other end, each as client and as
// server, over a real socket.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { closed, event, node, seed, text } from './differ.mjs';

/** A test with one module's server and the other's client. */
function between(title, client, server, onStream, body) {
  test(title, { timeout: 20_000 }, async (t) => {
    const s = server.createServer();
    s.on('stream', (stream, headers) => { stream.on('error', () => {}); onStream(stream, headers); });
    s.on('sessionError', () => {});
    s.listen(0, '127.0.0.1');
    await event(s, 'listening');
    const c = client.connect(`http://127.0.0.1:${s.address().port}`);
    c.on('error', () => {});
    t.after(async () => {
      await new Promise((done) => { setImmediate(done); });
      c.destroy();
      s.close();
    });
    await body(c);
  });
}

const echo = (s) => { s.respond({ 'x-a': 'b' }); s.pipe(s); };

between('seed client, Node server: bodies both ways', seed, node, echo, async (client) => {
  const r = client.request({ ':method': 'POST' });
  r.end(Buffer.alloc(300_000, 'seed'));
  assert.equal((await text(r)).length, 300_000);
});

between('Node client, seed server: bodies both ways', node, seed, echo, async (client) => {
  const r = client.request({ ':method': 'POST' });
  r.end(Buffer.alloc(300_000, 'seed'));
  assert.equal((await text(r)).length, 300_000);
});

between('seed client, Node server: trailers, informational headers, push', seed, node, (s) => {
  s.additionalHeaders({ ':status': 103, link: '</a>' });
  s.pushStream({ ':path': '/p' }, (e, push) => { push.respond(); push.end('P'); });
  s.respond({}, { waitForTrailers: true });
  s.on('wantTrailers', () => s.sendTrailers({ sum: '42' }));
  s.end('body');
}, async (client) => {
  const pushed = event(client, 'stream').then(([s]) => text(s)), r = client.request({}), said = [];
  r.on('headers', (h) => said.push(h[':status'], h.link));
  r.on('trailers', (h) => said.push(h.sum));
  assert.equal(await text(r), 'body');
  assert.equal(await pushed, 'P');
  assert.deepEqual(said, [103, '</a>', '42']);
});

between('Node client, seed server: trailers, informational headers, push', node, seed, (s) => {
  s.additionalHeaders({ ':status': 103, link: '</a>' });
  s.pushStream({ ':path': '/p' }, (push) => { push.respond(); push.end('P'); });
  s.respond();
  s.on('fetchTrailers', (t) => { t.sum = '42'; });
  s.end('body');
}, async (client) => {
  const pushed = event(client, 'stream').then(([s]) => text(s)), r = client.request({}), said = [];
  r.on('headers', (h) => said.push(h[':status'], h.link));
  r.on('trailers', (h) => said.push(h.sum));
  assert.equal(await text(r), 'body');
  assert.equal(await pushed, 'P');
  assert.deepEqual(said, [103, '</a>', '42']);
});

between('seed client, Node server: a reset', seed, node, (s) => s.close(node.constants.NGHTTP2_ENHANCE_YOUR_CALM), async (client) => {
  const r = client.request({ ':method': 'POST' }), failed = event(r, 'error');
  const [code] = await event(r, 'streamClosed');
  assert.equal(code, 11);
  assert.equal((await failed)[0].message, 'Stream closed with error code 11');
});

between('Node client, seed server: a reset', node, seed, (s) => s.rstWithRefuse(), async (client) => {
  const r = client.request({ ':method': 'POST' }), failed = event(r, 'error');
  await closed(r);
  assert.equal(r.rstCode, 7);
  assert.equal((await failed)[0].message, 'Stream closed with error code NGHTTP2_REFUSED_STREAM');
});

between('Node client, seed server: a graceful shutdown', node, seed, (s) => {
  s.session.shutdown({ graceful: true, opaqueData: Buffer.from('bye') });
  s.respond();
  s.end('still served');
}, async (client) => {
  const said = [];
  client.on('goaway', (code, last, data) => said.push([code, last, data && String(data)]));
  const gone = closed(client);
  assert.equal(await text(client.request({})), 'still served');
  await gone;
  assert.deepEqual(said.slice(0, 2), [[0, 2 ** 31 - 1, undefined], [0, 1, 'bye']]);
});
