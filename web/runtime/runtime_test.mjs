// What a program in the tab can rely on: the http2 module on the engine, time,
// the record and who caused what, errors with their place. The environment is
// node.mjs's; wasm/h2's Go test sets it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { run } from './node.mjs';

test.after(() => setImmediate(() => process.exit())); // Go's program never ends by itself

const pair = `const http2 = require('http2');
const server = http2.createServer(); server.listen(80);
const client = http2.connect('http://localhost');
`;

test('a request and its response', async () => {
  const { log, error } = await run(`${pair}
    server.on('stream', (s, h, flags) => {
      console.log(h[':method'], h[':path'], h[':authority'], h.many, flags);
      s.respond({ 'content-type': 'text/plain', many: ['a', 'b'] });
      s.write('one ');
      s.end('two');
    });
    const req = client.request({ ':path': '/x', Many: ['1', '2'] });
    req.setEncoding('utf8');
    let body = '';
    req.on('response', (h) => console.log(h[':status'], h['content-type'], h.many, h.date));
    req.on('data', (d) => body += d);
    req.on('end', () => console.log(body));
    req.on('streamClosed', (code) => console.log('closed', code, req.destroyed, req.rstCode));
  `);
  assert.equal(error, null);
  assert.deepEqual(log, ['GET /x localhost:80 1, 2 5', '200 text/plain a, b Thu, 01 Jan 2026 00:00:00 GMT', 'one two', 'closed 0 true 0']);
});

test('a body that nobody reads stops at the window; one that is read goes on', async () => {
  const upload = (reader) => run(`${pair}
    let got = 0;
    server.on('stream', (s) => { ${reader} s.on('end', () => { console.log('all', got); s.end(); }); });
    client.request({ ':method': 'POST' }).end(Buffer.alloc(200000));
  `);
  assert.deepEqual((await upload('')).log, []);
  assert.deepEqual((await upload("s.on('data', (d) => { got += d.length; });")).log, ['all 200000']);
});

test('pause and resume', async () => {
  const { log } = await run(`${pair}
    server.on('stream', (s) => s.end(Buffer.alloc(100000)));
    const req = client.request();
    let got = 0;
    req.on('data', (d) => { got += d.length; if (got < 40000) return; req.pause(); console.log('paused'); req.removeAllListeners('data');
      setTimeout(() => { req.on('data', (d) => got += d.length); req.resume(); }, 50); });
    req.on('end', () => console.log('end', got));
  `);
  assert.deepEqual(log, ['paused', 'end 100000']);
});

test('push, trailers, informational headers, ping, settings', async () => {
  const { log, error } = await run(`${pair}
    server.on('stream', (s) => {
      s.additionalHeaders({ ':status': 103, link: '</a>' });
      s.pushStream({ ':path': '/pushed' }, (push, headers) => { console.log('promised', push.id, headers[':path']); push.respond(); push.end('P'); });
      s.on('fetchTrailers', (t) => { t.Sum = '42'; });
      s.end('body');
    });
    client.on('stream', (push, h) => {
      push.on('push', (h) => console.log('push', h[':status']));
      push.on('data', (d) => console.log('pushed', String(d)));
    });
    client.on('localSettings', (s) => console.log('in force', s.initialWindowSize, client.pendingSettingsAck));
    const req = client.request();
    req.on('headers', (h) => console.log(h[':status'], h.link));
    req.on('trailers', (h) => console.log('sum', h.sum));
    req.resume();
    req.on('streamClosed', () => { client.settings({ initialWindowSize: 1000 }); client.ping((e, ms, p) => console.log('pong', e, ms, p.length)); });
  `, { network: { latency: 1e6 } });
  assert.equal(error, null);
  assert.deepEqual(log, ['promised 2 /pushed', 'in force 65535 false', '103 </a>', 'push 200', 'sum 42', 'pushed P', 'in force 1000 false', 'pong null 2 8']);
});

test('a reset is an error that can be caught, and aborts what was not ended', async () => {
  const { log, error } = await run(`${pair}
    server.on('stream', (s) => { s.on('error', (e) => console.log('server', e.code)); s.on('aborted', () => console.log('aborted')); s.respond(); });
    const req = client.request();
    req.on('error', (e) => console.log(e.message));
    req.on('response', () => req.rstWithCancel());
  `);
  assert.equal(error, null);
  assert.deepEqual(log.sort(), ['Stream closed with error code 8', 'aborted', 'server ERR_HTTP2_STREAM_ERROR']);
});

test('trailers were caused by the line that ended the body', async () => {
  const { entries, error } = await run(`const http2 = require('http2');
    const server = http2.createServer(); server.listen(80);
    server.on('stream', (s) => { s.resume(); s.on('end', () => s.end()); });
    const req = http2.connect('http://localhost').request({ ':method': 'POST' });
    req.on('fetchTrailers', (t) => { t.sum = '1'; });
    req.end('x');`);
  assert.equal(error, null);
  const causes = entries.filter((e) => e.k === 'cause' && e.dir === 'c2s' && !e.rule);
  assert.deepEqual(causes.map((e) => [e.line, e.call]), [[4, 'request'], [6, 'end'], [6, 'end']]);
});

test('time is virtual', async () => {
  const before = Date.now();
  const { log } = await run(`
    const t = Date.now();
    setTimeout(() => console.log('late', Date.now() - t), 3600_000);
    const i = setInterval(() => { console.log('tick', Date.now() - t); if (Date.now() - t >= 30) clearInterval(i); }, 10);
    Promise.resolve().then(() => console.log('microtask'));
    setTimeout(() => console.log('never'), 5).constructor; clearTimeout(setTimeout(() => console.log('cleared'), 1));
    console.log(new Date().toISOString());
  `);
  assert.deepEqual(log, ['2026-01-01T00:00:00.000Z', 'microtask', 'never', 'tick 10', 'tick 20', 'tick 30', 'late 3600000']);
  assert.ok(Date.now() - before < 60_000, 'an hour of virtual time takes no hour');
});

test('the same seed gives the same record, another one another', async () => {
  const program = `${pair} server.on('stream', (s) => s.end(String(Math.random()))); client.request().resume();`;
  const [a, b, c] = [await run(program, { seed: 1 }), await run(program, { seed: 1 }), await run(program, { seed: 2 })];
  assert.deepEqual(a.octets, b.octets);
  assert.notDeepEqual(a.octets, c.octets);
});

test('each frame knows the line that caused it', async () => {
  const { entries } = await run(`const http2 = require('http2');
const server = http2.createServer();
server.on('stream', (s) => {
  s.respond();
  s.end('x');
});
server.listen(80);
const client = http2.connect('http://localhost');
client.request();
`);
  const causes = entries.filter((e) => e.k === 'cause').map((e) => `${e.dir} ${e.rule ?? `${e.call} ${e.line}`}`);
  assert.deepEqual(causes, ['c2s preface', 'c2s request 9', 's2c preface', 's2c settings-ack', 's2c respond 4', 's2c end 5', 'c2s settings-ack']);
});

test('what goes wrong names its place', async () => {
  for (const [program, message, at] of [
    ['let x = 1;\nx.y.z;', "TypeError: Cannot read properties of undefined (reading 'z')", '2:5'],
    ['setTimeout(() => {\n  throw new RangeError("late");\n}, 5);', 'RangeError: late', '2:9'],
    ["let f = Number;\nf(f(1), 2); throw new RangeError('x');", 'RangeError: x', '2:19'],
    ["require('fish');", /^Error \[MODULE_NOT_FOUND\]: Cannot find module 'fish'; there are assert, .*framewise, .*http2, http2\/current, net, /, '1:1'],
    ["\nrequire('http2').connect('http://localhost:81');", 'Error [ECONNREFUSED]: connect ECONNREFUSED 127.0.0.1:81', '2:18'],
    [`${pair}client.settings({ initialWindowSize: -1 });`, 'RangeError [ERR_HTTP2_INVALID_SETTING_VALUE]: Invalid value for setting "initialWindowSize": -1', '4:8'],
    [`${pair}client.request({ 'connection': 'close' });`, 'TypeError [ERR_HTTP2_INVALID_CONNECTION_HEADERS]: HTTP/1 Connection specific headers are forbidden: "connection"', '4:8'],
  ]) {
    const { error, entries } = await run(program);
    if (message instanceof RegExp) assert.match(error?.message, message);
    else assert.equal(error?.message, message);
    assert.equal(`${error.line}:${error.col}`, at, program);
    assert.equal(entries[0].k, 'h2trace');
  }
  for (const [program, message, at] of [
    ['let = ;', /^SyntaxError: /, '1:7'], ['let x = 1;\n\n  f(1;', /^SyntaxError: Unexpected token/, '3:6'], ['if (1) {\n', /^SyntaxError: Unexpected token/, '2:1'],
    ["import x from 'http2';", /use require\(\)/, '1:1'], ['let a; let a;', /already been declared/, '1:12'],
  ]) {
    const { error } = await run(program);
    assert.match(error.message, message);
    assert.equal(`${error.line}:${error.col}`, at, program);
  }
});

test('the engine is whole after a program that failed', async () => {
  await run(`${pair} client.request(); throw new Error('x');`);
  const { log } = await run(`${pair} server.on('stream', (s) => { s.respond(); s.end(); }); client.request().on('response', () => console.log('ok')).resume();`);
  assert.deepEqual(log, ['ok']);
});

test('requests wait for the peer\'s limit', async () => {
  const { log } = await run(`const http2 = require('http2');
    const server = http2.createServer({ settings: { maxConcurrentStreams: 1 } }); server.listen(80);
    server.on('stream', (s, h) => setTimeout(() => s.end(h[':path']), 10));
    const client = http2.connect('http://localhost');
    client.once('remoteSettings', () => {
      for (const p of ['/a', '/b', '/c']) {
        const r = client.request({ ':path': p });
        console.log(p, r.id);
        r.on('ready', () => console.log('ready', p, r.id));
        r.on('data', (d) => console.log('got', String(d)));
      }
    });
  `);
  assert.deepEqual(log, ['/a 1', '/b undefined', '/c undefined', 'got /a', 'ready /b 3', 'got /b', 'ready /c 5', 'got /c']);
});

test('hundreds of requests at once are all answered', async () => {
  const { log, error } = await run(`${pair}
    server.on('stream', (s) => s.end('x'.repeat(5000)));
    let n = 0;
    for (let i = 0; i < 300; i++) client.request({ ':path': '/' + i }).resume().on('end', () => { if (++n === 300) console.log('all'); });
  `);
  assert.equal(error, null);
  assert.deepEqual(log, ['all']);
});

test('shutdown is announced, then done', async () => {
  const { log } = await run(`${pair}
    server.on('stream', (s) => { s.session.shutdown({ graceful: true, opaqueData: Buffer.from('bye') }, () => console.log('sent')); s.respond(); s.end(); });
    client.on('goaway', (code, last, data) => console.log('goaway', code, last, String(data)));
    client.on('close', () => console.log('close'));
    client.request().resume().on('end', () => setTimeout(() => client.destroy(), 1));
  `);
  assert.deepEqual(log.slice(0, 3), ['sent', 'goaway 0 2147483647 undefined', 'goaway 0 1 bye']);
  assert.equal(log.at(-1), 'close');
});
