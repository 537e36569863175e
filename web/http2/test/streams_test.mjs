// Streams: requests, responses, bodies, trailers, resets, pushes.
import { AsyncLocalStorage } from 'node:async_hooks';
import { behaviour, closed, event } from './differ.mjs';

const streamEvents = ['ready', 'end', 'finish', 'aborted', 'error', 'close'];

behaviour('a GET and its response', async (t) => {
  await t.serve({}, (s, h, flags, raw) => {
    t.s('stream', s.id, h, flags, raw.length, s.headersSent, s.pushAllowed, s.endAfterHeaders);
    t.watch(t.s, s, ...streamEvents);
    s.respond({ 'content-type': 'text/plain', 'x-a': ['1', '2'] });
    t.s('sent', s.headersSent, s.sentHeaders);
    s.end('hello');
  });
  const r = t.watch(t.c, t.connect().request({ ':path': '/p', ':authority': 'here', 'X-Up': 'low', empty: '' }), ...streamEvents);
  r.on('response', (h, flags) => t.c('response', h, flags));
  r.on('data', (d) => t.c('data', d));
  await closed(r);
  t.c(r.rstCode, r.destroyed, r.closed, r.aborted, r.session, r.sentHeaders);
});

behaviour('a POST with a body and its echo', async (t) => {
  await t.serve({}, (s) => {
    t.watch(t.s, s, ...streamEvents);
    s.respond();
    s.pipe(s);
  });
  const r = t.watch(t.c, t.connect().request({ ':method': 'POST', ':authority': 'here' }), ...streamEvents);
  r.on('response', () => t.c('response'));
  let size = 0;
  r.on('data', (d) => { size += d.length; });
  r.write('one');
  r.end('two');
  await closed(r);
  t.c(size);
});

behaviour('a response without a body', async (t) => {
  await t.serve({}, (s) => {
    t.watch(t.s, s, ...streamEvents);
    s.respond({ ':status': 404 }, { endStream: true });
    t.s(s.writableEnded);
  });
  const r = t.watch(t.c, t.connect().request({ ':authority': 'here' }), ...streamEvents);
  r.on('response', (h, flags) => t.c('response', h, flags));
  r.resume();
  await closed(r);
});

for (const status of [204, 205, 304]) {
  behaviour(`status ${status} ends the stream with the headers`, async (t) => {
    await t.serve({}, (s) => { s.respond({ ':status': status }); t.s(s.writableEnded); });
    const r = t.connect().request({ ':authority': 'here' });
    r.on('response', (h, flags) => t.c('response', h, flags));
    r.resume();
    await closed(r);
    t.c(r.rstCode);
  });
}

behaviour('HEAD has no body', async (t) => {
  await t.serve({}, (s, h) => {
    t.s(h[':method'], s.headRequest, s.writableEnded);
    t.watch(t.s, s, ...streamEvents);
    s.respond({ 'content-length': '5' });
  });
  const r = t.watch(t.c, t.connect().request({ ':method': 'HEAD', ':authority': 'here' }), ...streamEvents);
  r.on('response', (h, flags) => t.c('response', h, flags));
  r.resume();
  await closed(r);
});

behaviour('a body without respond() begins the response', async (t) => {
  await t.serve({}, (s) => { t.s(s.headersSent); s.end('x'); t.s(s.headersSent); });
  const r = t.connect().request({ ':authority': 'here' });
  r.on('response', (h) => t.c(h));
  r.on('data', (d) => t.c(d));
  await closed(r);
});

behaviour('the server resets', async (t) => {
  await t.serve({}, (s) => {
    t.watch(t.s, s, ...streamEvents);
    s.close(2);
    t.s(s.closed, s.rstCode, s.aborted);
  });
  const r = t.watch(t.c, t.connect().request({ ':authority': 'here' }), ...streamEvents);
  r.resume();
  await closed(r);
  t.c(r.rstCode, r.aborted);
});

for (const code of [0, 1, 7, 8]) {
  behaviour(`the client resets with code ${code}`, async (t) => {
    await t.serve({}, (s) => {
      t.watch(t.s, s, 'aborted', 'error', 'close');
      s.respond();
      s.write('x');
      s.on('close', () => t.s(s.rstCode, s.aborted));
    });
    const session = t.connect(), r = t.watch(t.c, session.request({ ':method': 'POST', ':authority': 'here' }), 'aborted', 'error', 'close');
    await event(r, 'response');
    r.resume();
    const both = closed(r);
    r.close(code, () => t.c('callback'));
    t.c(r.closed, r.destroyed, r.rstCode);
    await both;
    const done = closed(session);
    session.close();
    await done;
  });
}

behaviour('destroy with an error resets with INTERNAL_ERROR', async (t) => {
  const over = new Promise((done) => {
    t.over = done;
  });
  await t.serve({}, (s) => {
    t.watch(t.s, s, 'aborted', 'error', 'close');
    s.on('close', () => { t.s(s.rstCode); t.over(); });
    s.respond();
  });
  const r = t.watch(t.c, t.connect().request({ ':method': 'POST', ':authority': 'here' }), 'aborted', 'error', 'close');
  await event(r, 'response');
  r.destroy(new Error('mine'));
  await closed(r);
  t.c(r.rstCode);
  await over;
});

behaviour('an AbortSignal cancels', async (t) => {
  await t.serve({}, (s) => { s.on('error', () => {}); });
  const abort = new AbortController();
  const r = t.watch(t.c, t.connect().request({ ':authority': 'here' }, { signal: abort.signal }), 'error', 'close');
  await event(r, 'ready').catch(() => {});
  abort.abort();
  await closed(r);
  t.c(r.rstCode, r.destroyed);
});

behaviour('an AbortSignal that was aborted before', async (t) => {
  await t.serve({});
  const r = t.watch(t.c, t.connect().request({ ':authority': 'here' }, { signal: AbortSignal.abort() }), 'error', 'close');
  await closed(r);
});

behaviour('trailers of the server', async (t) => {
  await t.serve({}, (s) => {
    s.respond({}, { waitForTrailers: true });
    s.on('wantTrailers', () => { t.s('wantTrailers'); s.sendTrailers({ ABC: 'some value', list: ['1', '2'] }); t.s(s.sentTrailers); });
    s.end('body');
    t.watch(t.s, s, 'finish', 'close');
  });
  const r = t.watch(t.c, t.connect().request({ ':authority': 'here' }), 'end', 'close');
  r.on('trailers', (h, flags) => t.c('trailers', h, flags));
  r.on('data', (d) => t.c(d));
  await closed(r);
});

behaviour('trailers of the client', async (t) => {
  await t.serve({}, (s) => {
    s.on('trailers', (h, flags) => t.s('trailers', h, flags));
    t.watch(t.s, s, 'end', 'close');
    s.on('data', (d) => t.s(d));
    s.on('end', () => s.end());
    s.respond();
  });
  const r = t.connect().request({ ':method': 'POST', ':authority': 'here' }, { waitForTrailers: true });
  r.on('wantTrailers', () => { t.c('wantTrailers'); r.sendTrailers({ sum: '42' }); });
  r.end('body');
  r.resume();
  await closed(r);
  t.c(r.sentTrailers);
});

behaviour('waitForTrailers that nobody answers', async (t) => {
  await t.serve({}, (s) => { s.respond({}, { waitForTrailers: true }); s.end('x'); t.watch(t.s, s, 'finish', 'close'); });
  const r = t.watch(t.c, t.connect().request({ ':authority': 'here' }), 'trailers', 'end', 'close');
  r.resume();
  await closed(r);
});

behaviour('informational headers', async (t) => {
  await t.serve({}, (s) => {
    s.additionalHeaders({ ':status': 103, link: '</a>; rel=preload' });
    s.additionalHeaders({ ':status': 100 });
    t.s(s.sentInfoHeaders);
    s.respond();
    t.throws(t.s, 'late', () => s.additionalHeaders({ ':status': 103 }));
    s.end();
  });
  const r = t.connect().request({ ':authority': 'here' });
  r.on('headers', (h, flags) => t.c('headers', h, flags));
  r.on('continue', () => t.c('continue'));
  r.on('response', (h) => t.c('response', h));
  r.resume();
  await closed(r);
});

behaviour('a push', async (t) => {
  await t.serve({}, (s) => {
    s.respond();
    s.pushStream({ ':path': '/pushed' }, (err, push, headers) => {
      t.s('push', err, push.id, headers, push.pushAllowed);
      t.throws(t.s, 'nested', () => push.pushStream({}, () => {}));
      t.watch(t.s, push, 'end', 'finish', 'close');
      push.respond({ 'x-p': '1' });
      push.end('P');
    });
    s.end('body');
  });
  const session = t.connect();
  const gone = new Promise((done) => {
    session.on('stream', (push, h, flags) => {
      t.c('stream', push.id, h, flags, push.writable);
      push.on('push', (x, f) => t.c('push', x, f));
      push.on('data', (d) => t.c('data', d));
      t.watch(t.c, push, 'end', 'close');
      push.on('close', done);
    });
  });
  const r = session.request({ ':authority': 'here' });
  r.resume();
  await Promise.all([closed(r), gone]);
});

behaviour('a push that the client refuses', async (t) => {
  const over = new Promise((done) => { t.over = done; });
  await t.serve({}, (s) => {
    s.respond();
    s.pushStream({ ':path': '/pushed' }, (err, push) => {
      push.on('error', (e) => t.s(e));
      push.on('close', () => { t.s('close', push.rstCode); t.over(); });
      push.respond();
    });
  });
  const session = t.connect();
  session.on('stream', (push) => { push.on('error', (e) => t.c(e)); push.close(7); });
  session.request({ ':authority': 'here' }).on('error', () => {}).resume();
  await over;
});

behaviour('enablePush: false', async (t) => {
  await t.serve({}, (s) => {
    t.s(s.pushAllowed);
    t.throws(t.s, 'push', () => s.pushStream({}, () => {}));
    s.respond();
    s.end();
  });
  const session = t.connect({ settings: { enablePush: false } });
  await event(session, 'remoteSettings');
  const r = session.request({ ':authority': 'here' });
  r.resume();
  await closed(r);
  t.c('closed');
});

behaviour('a large body both ways', async (t) => {
  await t.serve({}, (s) => { s.respond(); s.pipe(s); s.on('end', () => t.s('end')); });
  const r = t.connect().request({ ':method': 'POST', ':authority': 'here' });
  let size = 0, sum = 0;
  r.on('data', (d) => { size += d.length; for (let i = 0; i < d.length; i += 97) sum = (sum + d[i] * (1 + (size + i) % 1)) % 65521; });
  const piece = Buffer.alloc(100_000, 'abcdefg');
  let left = 20;
  const more = () => {
    while (left-- > 0) if (!r.write(piece)) { r.once('drain', more); return; }
    r.end();
  };
  more();
  r.on('finish', () => t.c('finish'));
  await closed(r);
  t.c(size);
});

behaviour('backpressure: write() says when to wait', async (t) => {
  await t.serve({}, (s) => {
    s.respond();
    const said = [s.write(Buffer.alloc(1000)), s.write(Buffer.alloc(20_000)), s.write(Buffer.alloc(100))];
    t.s(said.join(), s.writableNeedDrain, s.writableHighWaterMark);
    s.on('drain', () => { t.s('drain', s.writableLength); s.end(); });
  });
  const r = t.connect().request({ ':authority': 'here' });
  r.resume();
  await closed(r);
  t.c('closed');
});

behaviour('a stream that nobody reads does not stop the others', async (t) => {
  await t.serve({}, (s, h) => { s.on('error', () => {}); s.respond(); s.end(Buffer.alloc(h[':path'] === '/big' ? 200_000 : 10)); });
  const session = t.connect();
  const big = session.request({ ':path': '/big', ':authority': 'here' });
  await event(big, 'response');
  for (let i = 0; i < 3; i++) {
    const r = session.request({ ':path': '/small', ':authority': 'here' });
    r.on('end', () => t.c('end', i));
    r.resume();
    await closed(r);
  }
  let size = 0;
  big.on('data', (d) => { size += d.length; });
  await closed(big);
  t.c(size);
});

behaviour('pause and resume', async (t) => {
  await t.serve({}, (s) => { s.respond(); s.end(Buffer.alloc(300_000)); });
  const r = t.connect().request({ ':authority': 'here' });
  let size = 0, paused = false;
  r.on('data', (d) => {
    size += d.length;
    if (size > 100_000 && !paused) {
      paused = true;
      r.pause();
      t.c('paused', r.isPaused());
      setTimeout(() => r.resume(), 5);
    }
  });
  await closed(r);
  t.c(size);
});

behaviour('setEncoding cuts no character', async (t) => {
  await t.serve({}, (s) => { const b = Buffer.from('aäö€😀'.repeat(9)); s.respond(); s.write(b.subarray(0, 3)); setImmediate(() => { s.write(b.subarray(3, 8)); s.end(b.subarray(8)); }); });
  const r = t.connect().request({ ':authority': 'here' });
  r.setEncoding('utf8');
  let got = '';
  r.on('data', (d) => { got += d; });
  await closed(r);
  t.c(got);
});

behaviour('async iteration', async (t) => {
  await t.serve({}, async (s) => {
    let n = 0;
    for await (const d of s) n += d.length;
    t.s(n);
    s.end(String(n));
  });
  const r = t.connect().request({ ':method': 'PUT', ':authority': 'here' });
  r.end(Buffer.alloc(12345));
  let got = '';
  for await (const d of r) got += d;
  t.c(got);
});

behaviour('write callbacks and finish', async (t) => {
  await t.serve({}, (s) => {
    s.respond();
    s.write('a', () => t.s('a'));
    s.write('b', () => t.s('b'));
    s.end('c', () => t.s('c'));
    s.on('finish', () => t.s('finish'));
  });
  const r = t.connect().request({ ':authority': 'here' });
  r.resume();
  await closed(r);
  t.c('closed');
});

behaviour('write after end', async (t) => {
  await t.serve({}, (s) => {
    s.respond();
    s.end();
    t.watch(t.s, s, 'error');
    s.write('x', (e) => t.s('callback', e));
  });
  const r = t.connect().request({ ':authority': 'here' });
  r.on('error', () => {});
  r.resume();
  await closed(r);
  t.c('closed');
});

behaviour('requests before the connection is there wait', async (t) => {
  await t.serve({}, (s, h) => { s.respond(); s.end(h[':path']); });
  const session = t.connect();
  const all = ['/a', '/b'].map((path) => {
    const r = session.request({ ':path': path, ':authority': 'here' });
    t.c(path, r.id, r.pending, r.session === session);
    t.watch(t.c, r, 'ready', 'end');
    r.on('data', (d) => t.c(d));
    return closed(r);
  });
  t.c(session.connecting);
  await Promise.all(all);
});

behaviour('a request on a connected session has its identifier at once', async (t) => {
  await t.serve({}, (s) => { s.respond(); s.end(); });
  const session = t.connect();
  await event(session, 'connect');
  const r = session.request({ ':authority': 'here' }), q = session.request({ ':authority': 'here' });
  t.c(r.id, q.id, r.pending, session.connecting);
  r.resume();
  q.resume();
  await Promise.all([closed(r), closed(q)]);
});

behaviour('cookies and repeated fields', async (t) => {
  await t.serve({}, (s, h) => {
    t.s(h.cookie, h.many, h['content-type']);
    s.respond({ 'set-cookie': ['a=1', 'b=2'], vary: ['x', 'y'] });
    s.end();
  });
  const r = t.connect().request({ ':authority': 'here', cookie: ['a=b', 'c=d'], many: ['1', '2'], 'content-type': 'text/x' });
  r.on('response', (h) => t.c(h['set-cookie'].join('|'), h.vary, Object.getPrototypeOf(h) === null));
  r.resume();
  await closed(r);
});

behaviour('sensitive headers', async (t) => {
  const { sensitiveHeaders: a } = t.server, { sensitiveHeaders: b } = t.client;
  await t.serve({}, (s, h) => { t.s(h[a].join()); s.respond({ secret: 's', [a]: ['secret'] }); s.end(); });
  const r = t.connect().request({ ':authority': 'here', token: 't', [b]: ['token'] });
  r.on('response', (h) => t.c(h[b].join()));
  r.resume();
  await closed(r);
});

behaviour('priority options are checked', async (t) => {
  await t.serve({}, (s) => { s.respond(); s.end(); });
  const session = t.connect(), r = session.request({ ':method': 'POST', ':authority': 'here' }, { weight: 300, parent: 0, exclusive: true });
  for (const o of [{ weight: 'x' }, { parent: 'x' }, { parent: -1 }, { exclusive: 1 }, { silent: 1 }]) {
    t.throws(t.c, 'priority', () => r.priority(o));
    t.throws(t.c, 'request', () => session.request({}, o).on('error', () => {}));
  }
  t.throws(t.c, 'options', () => r.priority('x'));
  r.priority({ weight: 7 });
  r.end();
  r.resume();
  await closed(r);
  t.throws(t.c, 'late', () => r.priority({}));
});

behaviour('state of a stream', async (t) => {
  await t.serve({}, (s) => { t.s(Object.keys(s.state).join()); s.respond(); s.end(); s.on('close', () => t.s(Object.keys(s.state).length)); });
  const r = t.connect().request({ ':authority': 'here' });
  t.c(Object.keys(r.state).length);
  await event(r, 'ready');
  t.c(Object.keys(r.state).join());
  r.resume();
  await closed(r);
  t.c(Object.keys(r.state).length);
});

behaviour('setTimeout of a stream', async (t) => {
  await t.serve({}, (s) => { s.on('error', () => {}); });
  const r = t.watch(t.c, t.connect().request({ ':authority': 'here' }), 'timeout', 'close');
  t.c(r.setTimeout(20, () => { t.c('callback'); r.close(8); }) === r);
  await closed(r);
});

behaviour('events of a request come in the context that made it', async (t) => {
  const store = new AsyncLocalStorage();
  await t.serve({}, (s) => { s.respond(); s.write('x'); setImmediate(() => s.end('y')); });
  const session = t.connect();
  await event(session, 'connect');
  for (const id of [1, 2]) {
    const r = store.run(id, () => session.request({ ':authority': 'here' }));
    for (const name of ['response', 'data', 'end', 'close']) r.on(name, () => t.c(name, store.getStore()));
    await closed(r);
  }
});

behaviour('a request that depends on itself', async (t) => {
  await t.serve({}, (s) => { s.respond(); s.end(); });
  const session = t.connect();
  await event(session, 'connect');
  const r = t.watch(t.c, session.request({ ':authority': 'here' }, { parent: 1 }), 'error', 'close', 'aborted');
  await closed(r);
  const q = session.request({ ':authority': 'here' });
  q.resume();
  await closed(q);
  t.c(q.rstCode);
});
