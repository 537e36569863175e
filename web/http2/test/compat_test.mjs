// The Compatibility API, and files.
import { mkdtempSync, openSync, closeSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { behaviour, closed, event, text } from './differ.mjs';

/** A server with a request handler; the client's request, its response read. */
async function ask(t, handler, headers = {}, body, events = ['response']) {
  await t.serve({}, null, (o) => t.server.createServer(o, handler));
  const r = t.connect().request({ ':authority': 'here', ...headers });
  for (const name of events) r.on(name, (h) => t.c(name, h));
  r.on('error', (e) => t.c('error', e));
  r.on('trailers', (h) => t.c('trailers', h));
  if (body !== undefined) r.end(body);
  const gone = closed(r);
  t.c(await text(r).catch(() => 'cut'));
  await gone;
}

behaviour('a request handler', async (t) => {
  await ask(t, (req, res) => {
    t.s(req.method, req.url, req.httpVersion, req.httpVersionMajor, req.httpVersionMinor, req.authority, req.scheme, req.headers['x-a'], req.complete, req.aborted);
    t.s(req.rawHeaders.includes('x-a'), req.stream === res.stream, res.req === req, req.socket === req.connection);
    for (const name of ['end', 'close', 'aborted']) req.on(name, () => t.s('req', name, req.complete));
    for (const name of ['finish', 'close']) res.on(name, () => t.s('res', name, res.finished, res.writableEnded));
    res.setHeader('Content-Type', 'text/plain');
    res.setHeader('X-B', ['1', '2']);
    t.s(res.getHeader('content-type'), res.hasHeader('X-B'), res.getHeaderNames().join(), res.getHeaders(), res.headersSent, res.statusCode);
    res.removeHeader('x-b');
    res.statusCode = 201;
    t.s(res.end('hello', () => t.s('end callback')) === res, res.headersSent);
    req.resume();
  }, { ':path': '/x', 'x-a': 'a' });
});

behaviour('a request body', async (t) => {
  await ask(t, async (req, res) => {
    let s = '';
    req.setEncoding('utf8');
    for await (const d of req) s += d;
    t.s(s, req.readableEnded, req.complete);
    res.writeHead(200, { 'x-n': s.length });
    res.write('a');
    res.write('b', 'utf8', () => t.s('written'));
    res.end();
  }, { ':method': 'POST' }, 'the body');
});

behaviour('writeHead in all its forms', async (t) => {
  for (const args of [[404], [200, { a: 'b' }], [200, 'message', { a: 'b' }], [200, ['a', 'b', 'c', 'd']], [200, [['a', 'b'], ['a', 'c']]]]) {
    await ask(t, (req, res) => { res.setHeader('a', 'first'); t.s(res.writeHead(...args) === res); t.throws(t.s, 'twice', () => res.writeHead(200)); res.end(); });
  }
});

behaviour('headers that a response refuses', async (t) => {
  await ask(t, (req, res) => {
    t.throws(t.s, 'type', () => res.setHeader(5, 'x'));
    t.throws(t.s, 'undefined', () => res.setHeader('a', undefined));
    t.throws(t.s, 'null', () => res.setHeader('a', null));
    t.throws(t.s, 'pseudo', () => res.setHeader(':status', 200));
    t.throws(t.s, 'blank', () => res.setHeader('', 'x'));
    t.throws(t.s, 'space', () => res.setHeader('a b', 'x'));
    t.throws(t.s, 'info', () => { res.statusCode = 100; });
    t.throws(t.s, 'range', () => { res.statusCode = 600; });
    t.throws(t.s, 'get', () => res.getHeader(5));
    t.throws(t.s, 'has', () => res.hasHeader(5));
    t.throws(t.s, 'remove', () => res.removeHeader(5));
    t.throws(t.s, 'trailer', () => res.setTrailer(5, 'x'));
    t.throws(t.s, 'trailer', () => res.setTrailer(':path', 'x'));
    res.end();
    t.throws(t.s, 'late', () => res.setHeader('a', 'b'));
    t.throws(t.s, 'late', () => res.removeHeader('a'));
  });
});

behaviour('appendHeader', async (t) => {
  await ask(t, (req, res) => {
    res.appendHeader('a', '1');
    res.appendHeader('a', '2');
    res.appendHeader('a', ['3', '4']);
    t.s(res.getHeader('a').join());
    res.end();
  });
});

behaviour('trailers both ways', async (t) => {
  await t.serve({}, null, (o) => t.server.createServer(o, (req, res) => {
    req.resume();
    req.on('end', () => { t.s(req.trailers, req.rawTrailers.join()); res.addTrailers({ sum: '42' }); res.setTrailer('More', 'm'); res.end('x'); });
  }));
  const r = t.connect().request({ ':method': 'POST', ':authority': 'here' }, { waitForTrailers: true });
  r.on('wantTrailers', () => r.sendTrailers({ t: 'v' }));
  r.on('trailers', (h) => t.c('trailers', h));
  r.end('b');
  r.resume();
  await closed(r);
});

behaviour('Expect: 100-continue', async (t) => {
  await ask(t, (req, res) => { t.s('request'); req.resume(); req.on('end', () => res.end('done')); }, { ':method': 'POST', expect: '100-continue' }, 'b', ['headers', 'continue', 'response']);
});

behaviour('checkContinue and checkExpectation', async (t) => {
  const server = await t.serve({}, null, (o) => t.server.createServer(o, () => t.s('request')));
  server.on('checkContinue', (req, res) => { t.s('checkContinue', res.writeContinue()); res.end('c'); });
  const session = t.connect();
  for (const expect of ['100-continue', 'meaning']) {
    const r = session.request({ ':authority': 'here', ':method': 'POST', expect });
    r.on('response', (h) => t.c(h));
    r.end();
    r.resume();
    await closed(r);
  }
});

behaviour('early hints', async (t) => {
  await ask(t, (req, res) => {
    t.throws(t.s, 'type', () => res.writeEarlyHints('x'));
    t.throws(t.s, 'link', () => res.writeEarlyHints({ link: 'bad' }));
    t.s(res.writeEarlyHints({ link: [] }), res.writeEarlyHints({ link: '</s.css>; rel=preload; as=style', 'x-a': 'b' }));
    res.end();
  }, {}, undefined, ['headers', 'response']);
});

behaviour('createPushResponse', async (t) => {
  const over = new Promise((done) => { t.over = done; });
  await t.serve({}, null, (o) => t.server.createServer(o, (req, res) => {
    t.throws(t.s, 'callback', () => res.createPushResponse({}));
    res.createPushResponse({ ':path': '/p' }, (err, push) => { t.s(err, push.constructor.name); push.end('pushed'); res.end('x'); });
  }));
  const session = t.connect();
  session.on('stream', (push, h) => { t.c(h[':path']); push.on('data', (d) => t.c(d)); push.on('close', t.over); });
  const r = session.request({ ':authority': 'here' });
  r.resume();
  await Promise.all([closed(r), over]);
});

behaviour('the client aborts', async (t) => {
  const over = new Promise((done) => { t.over = done; });
  await t.serve({}, null, (o) => t.server.createServer(o, (req, res) => {
    for (const name of ['aborted', 'close', 'end']) req.on(name, () => t.s('req', name, req.aborted));
    for (const name of ['close', 'finish', 'error']) res.on(name, () => t.s('res', name));
    res.on('close', t.over);
    res.write('x');
  }));
  const r = t.connect().request({ ':authority': 'here', ':method': 'POST' });
  r.on('error', () => {});
  await event(r, 'response');
  r.close(8);
  await over;
  t.c('over');
});

behaviour('write and end after the end', async (t) => {
  await ask(t, (req, res) => {
    res.end('x');
    res.on('error', () => {});
    res.stream.on('error', () => {});
    t.s(res.end(() => t.s('second')) === res);
    res.write('y', (e) => t.s(e));
  });
});

behaviour('HEAD and 204', async (t) => {
  await ask(t, (req, res) => { res.setHeader('a', 'b'); t.s(res.write('x')); res.end('y'); }, { ':method': 'HEAD' });
  await ask(t, (req, res) => { res.statusCode = 204; res.end(); });
});

behaviour('sendDate, flushHeaders, cork', async (t) => {
  await ask(t, (req, res) => {
    t.s(res.sendDate);
    res.sendDate = false;
    res.flushHeaders();
    t.s(res.headersSent);
    res.cork();
    t.s(res.writableCorked, res.writableHighWaterMark);
    res.write('a');
    res.uncork();
    res.end('b');
  });
});

behaviour('the socket of a request', async (t) => {
  await ask(t, (req, res) => {
    const { socket } = req;
    t.s(typeof socket.remotePort, socket.destroyed, socket.writable, 'remoteAddress' in socket);
    for (const name of ['write', 'read', 'pause', 'resume']) t.throws(t.s, name, () => socket[name]);
    res.end();
    res.on('close', () => t.s(res.socket));
  });
});

behaviour('CONNECT without a listener, and with one', async (t) => {
  const server = await t.serve({}, null, (o) => t.server.createServer(o, () => t.s('request')));
  const session = t.connect();
  const ask1 = async () => {
    const r = session.request({ ':method': 'CONNECT', ':authority': 'there:80' });
    r.on('response', (h) => t.c(h));
    r.end();
    r.resume();
    await closed(r);
  };
  await ask1();
  server.on('connect', (req, res) => { t.s('connect', req.url, req.authority); res.end(); });
  await ask1();
});

behaviour('method and url can be written', async (t) => {
  await ask(t, (req, res) => {
    req.method = 'PUT';
    req.url = '/y';
    t.throws(t.s, 'type', () => { req.method = 5; });
    t.throws(t.s, 'blank', () => { req.method = ' '; });
    t.s(req.method, req.url);
    res.end();
  });
});

// files

function folder(t) {
  const dir = mkdtempSync(join(tmpdir(), 'http2-'));
  t.open.unshift(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, 'small'), 'the file');
  writeFileSync(join(dir, 'big'), Buffer.alloc(300_000, 'abc'));
  mkdirSync(join(dir, 'dir'));
  return dir;
}

async function fetchFrom(t, serve) {
  await t.serve({}, (s) => { s.on('error', (e) => t.s('error', e.code)); serve(s); });
  const r = t.connect().request({ ':authority': 'here' });
  r.on('response', (h) => t.c(h));
  r.on('trailers', (h) => t.c('trailers', h));
  r.on('error', (e) => t.c(e));
  let n = 0, s = '';
  r.on('data', (d) => { n += d.length; if (n < 50) s += d; });
  await closed(r);
  t.c(n, s, r.rstCode);
}

behaviour('respondWithFile', async (t) => {
  const dir = folder(t);
  await fetchFrom(t, (s) => { s.respondWithFile(join(dir, 'small'), { 'content-type': 'text/plain' }); t.s(s.headersSent, s.writableEnded); s.on('close', () => t.s('close')); });
  await fetchFrom(t, (s) => s.respondWithFile(join(dir, 'big')));
});

behaviour('respondWithFile with offset, length, statCheck and trailers', async (t) => {
  const dir = folder(t);
  await fetchFrom(t, (s) => s.respondWithFile(join(dir, 'small'), {}, { offset: 4, length: 2 }));
  await fetchFrom(t, (s) => s.respondWithFile(join(dir, 'small'), {}, { statCheck(stat, headers) { t.s(stat.size, this === s); headers['x-size'] = stat.size; } }));
  await fetchFrom(t, (s) => s.respondWithFile(join(dir, 'small'), {}, { statCheck() { s.respond({ ':status': 304 }); return false; } }));
  await fetchFrom(t, (s) => { s.on('wantTrailers', () => s.sendTrailers({ a: 'b' })); s.respondWithFile(join(dir, 'small'), {}, { waitForTrailers: true }); });
});

behaviour('respondWithFile of what is no file', async (t) => {
  const dir = folder(t);
  await fetchFrom(t, (s) => s.respondWithFile(join(dir, 'dir')));
  await fetchFrom(t, (s) => s.respondWithFile(join(dir, 'absent')));
  await fetchFrom(t, (s) => s.respondWithFile(join(dir, 'absent'), {}, { onError(e) { t.s('onError', e.code); s.respond({ ':status': 404 }); s.end(); } }));
});

behaviour('respondWithFile with wrong arguments', async (t) => {
  await fetchFrom(t, (s) => {
    t.throws(t.s, 'offset', () => s.respondWithFile('/x', {}, { offset: 'x' }));
    t.throws(t.s, 'length', () => s.respondWithFile('/x', {}, { length: 'x' }));
    t.throws(t.s, 'statCheck', () => s.respondWithFile('/x', {}, { statCheck: 'x' }));
    t.throws(t.s, 'status', () => s.respondWithFile('/x', { ':status': 204 }));
    t.throws(t.s, 'fd', () => s.respondWithFD('x'));
    t.throws(t.s, 'fd', () => s.respondWithFD(0, { ':status': 304 }));
    s.respond();
    s.end();
  });
});

behaviour('respondWithFD', async (t) => {
  const dir = folder(t), fd = openSync(join(dir, 'small'), 'r'), big = openSync(join(dir, 'big'), 'r');
  t.open.push(() => { closeSync(fd); closeSync(big); });
  await fetchFrom(t, (s) => s.respondWithFD(fd, { 'content-type': 'text/plain' }, { offset: 0 }));
  await fetchFrom(t, (s) => s.respondWithFD(fd, {}, { offset: 4, length: 2 }));
  await fetchFrom(t, (s) => s.respondWithFD(fd, {}, { statCheck(stat, headers, range) { headers.size = stat.size; range.offset = 1; range.length = 3; } }));
  await fetchFrom(t, (s) => s.respondWithFD(big));
});

behaviour('respondWithFD with a FileHandle, and with a bad one', async (t) => {
  const dir = folder(t), handle = await open(join(dir, 'small'));
  t.open.push(() => handle.close());
  await fetchFrom(t, (s) => s.respondWithFD(handle, {}, { offset: 0 }));
  await fetchFrom(t, (s) => s.respondWithFD(12345));
});
