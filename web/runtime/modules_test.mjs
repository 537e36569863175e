// The world that a program in the tab sees beside http2: sockets, TLS, files,
// time, chance, and what stops a program that does not end.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { run } from './node.mjs';

test.after(() => setImmediate(() => process.exit()));

async function prints(program, want, options) {
  const { error, log } = await run(program, options);
  assert.equal(error, null);
  assert.deepEqual(log, want);
}

test('net: an echo, half-closed, in virtual time', () => prints(`
  const net = require('net');
  const server = net.createServer((socket) => { let name = ''; socket.setEncoding('utf8'); socket.on('data', (d) => name += d); socket.on('end', () => socket.end('hello ' + name)); });
  server.listen(8000, () => {
    const c = net.connect(8000, 'localhost', () => { console.log('connected', c.remotePort, server.address().port); c.write('Ja'); c.end('ne'); });
    c.setEncoding('utf8'); c.on('data', (d) => console.log(d, performance.now()));
    c.on('close', (bad) => { console.log('close', bad); server.close(() => console.log('all', performance.now())); });
  });`, ['connected 8000 8000', 'hello Jane 10', 'close false', 'all 10'], { network: { latency: 5e6 } }));

test('net: what is not there', () => prints(`
  const net = require('net');
  net.connect(81).on('error', (e) => console.log(e.code, e.message, e.port));
  net.connect(80, 'elsewhere.test').on('error', (e) => console.log(e.code, e.message));
  const a = net.createServer().listen(80); net.createServer().listen(80).on('error', (e) => { console.log(e.code); a.close(); });
  for (const port of [-1, 65536, 'x1', 1.5]) try { net.connect({ port }); } catch (e) { console.log(e.code); }
  console.log(net.isIP('1.2.3.4'), net.isIP('::1'), net.isIP('x'));`,
['ERR_SOCKET_BAD_PORT', 'ERR_SOCKET_BAD_PORT', 'ERR_SOCKET_BAD_PORT', 'ERR_SOCKET_BAD_PORT', '4 6 0', 'EADDRINUSE', 'ECONNREFUSED connect ECONNREFUSED 127.0.0.1:81 81', 'ENOTFOUND getaddrinfo ENOTFOUND elsewhere.test']));

test('net: a large upload arrives whole, whoever pauses', () => prints(`
  const net = require('net');
  const server = net.createServer((s) => { let n = 0; s.on('data', (b) => { n += b.length; s.pause(); setTimeout(() => s.resume(), 1); }); s.on('end', () => { console.log(n); s.end(); server.close(); }); }).listen(1);
  const c = net.connect(1); for (let i = 0; i < 50; i++) c.write(Buffer.alloc(5000, i)); c.end();`, ['250000'], { network: { latency: 1e6, bandwidth: 1e6 } }));

const files = "{ key: require('fs').readFileSync('server-key.pem'), cert: require('fs').readFileSync('server-cert.pem') }";

test('tls: an echo with ALPN, two round trips later', () => prints(`
  const tls = require('tls');
  const server = tls.createServer({ ...${files}, ALPNProtocols: ['x', 'y'] }, (s) => { console.log(s.alpnProtocol, s.getProtocol()); s.pipe(s); }).listen(443);
  const c = tls.connect(443, { ALPNProtocols: ['y'] }, () => { console.log('secure', c.authorized, c.alpnProtocol, c.encrypted, performance.now()); c.end('over TLS'); });
  c.setEncoding('utf8'); c.on('data', (d) => console.log(d, performance.now())); c.on('close', () => server.close());`,
['secure true y true 10', 'y TLSv1.3', 'over TLS 20'], { network: { latency: 5e6 } }));

test('tls: a certificate that is not trusted, and one that is by ca', () => prints(`
  const tls = require('tls'), fs = require('fs');
  const server = tls.createServer(${files}).listen(443);
  tls.connect(443, 'localhost', { servername: 'wrong.test' }).on('error', (e) => console.log(e.code, /wrong.test/.test(e.message)));
  const c = tls.connect(443, 'localhost', { servername: 'wrong.test', rejectUnauthorized: false }, () => { console.log(c.authorized, Boolean(c.authorizationError)); c.destroy(); server.close(); });
  try { tls.createServer({}).listen(444); tls.connect(444).on('error', (e) => console.log(e.code)); } catch (e) { console.log(e.message); }`,
['CERT_NOT_TRUSTED true', 'false true'], { network: { latency: 0 } }));

test('fs: files that are there, errors as Node names them', () => prints(`
  const fs = require('fs'), path = require('path');
  console.log(fs.readFileSync('/some/file', 'utf8').split('\\n')[0], fs.statSync('/some/file').isFile(), fs.existsSync('/no'));
  for (const f of [() => fs.readFileSync('/no'), () => fs.openSync('/no/x', 'w'), () => fs.readFileSync('/'), () => fs.closeSync(99), () => fs.readFileSync(7.5)]) try { f(); } catch (e) { console.log(e.code); }
  const fd = fs.openSync('/tmp/a', 'w+'); fs.writeSync(fd, 'hello'); const b = Buffer.alloc(3); console.log(fs.readSync(fd, b, 0, 3, 1), String(b), fs.fstatSync(fd).size); fs.closeSync(fd);
  fs.readFile('/no', (e) => console.log(e.message));
  fs.promises.readFile('/tmp/a', 'utf8').then((t) => { console.log(t); return fs.promises.stat('/no'); }).catch((e) => console.log(e.code));
  fs.createReadStream('/tmp/a', { encoding: 'utf8', start: 1, end: 3 }).on('data', (d) => console.log(d)).on('close', () => console.log('closed'));
  console.log(fs.readdirSync('/app').join(), path.resolve('x/../y'), path.extname('a.b.c'));`,
['This file lives in the memory of a browser tab. true false', 'ENOENT', 'ENOENT', 'EISDIR', 'EBADF', 'EBADF', '3 ell 5', 'index.html,server-cert.pem,server-key.pem /app/y .c',
  "ENOENT: no such file or directory, open '/no'", 'hello', 'ENOENT', 'ell', 'closed']));

test('the order of ticks, microtasks, immediates and timers is Node’s', () => prints(`
  setTimeout(() => console.log('timeout'), 0); setImmediate(() => { console.log('immediate'); process.nextTick(() => console.log('tick in immediate')); Promise.resolve().then(() => console.log('micro in immediate')); });
  setImmediate(() => console.log('immediate 2'));
  Promise.resolve().then(() => { console.log('micro'); process.nextTick(() => console.log('tick in micro')); queueMicrotask(() => console.log('micro in micro')); });
  process.nextTick(() => { console.log('tick'); process.nextTick(() => console.log('tick in tick')); }); console.log('main');`,
['main', 'tick', 'tick in tick', 'micro', 'micro in micro', 'tick in micro', 'immediate', 'tick in immediate', 'micro in immediate', 'immediate 2', 'timeout']));

test('time and chance: one clock, UTC, a seed', async () => {
  const program = `console.log(Date.now(), new Date(2026, 5, 1, 12).toISOString(), new Date('2026-06-01T12:00').getHours(), new Date(0).toString(), new Date().getTimezoneOffset(), typeof Date());
    console.log(Math.random(), crypto.randomUUID(), require('crypto').randomBytes(4).toString('hex'));
    setTimeout(() => console.log(new Date().getMilliseconds(), performance.now(), process.uptime(), process.hrtime.bigint()), 250);`;
  const [a, b, c] = [await run(program, { seed: 7 }), await run(program, { seed: 7 }), await run(program, { seed: 8 })];
  assert.equal(a.log[0], '1767225600000 2026-06-01T12:00:00.000Z 12 Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time) 0 string');
  assert.equal(a.log[2], '250 250 0.25 250000000n');
  assert.deepEqual(a.log, b.log);
  assert.notEqual(a.log[1], c.log[1]);
  assert.deepEqual(a.octets, b.octets);
});

test('the end of a program is told: beforeExit, which may go on, then exit', () => prints(`
  let n = 0; process.on('beforeExit', (code) => { console.log('before', code); if (n++ === 0) setTimeout(() => console.log('once more', performance.now()), 5); });
  process.on('exit', (code) => { console.log('exit', code); setTimeout(() => console.log('too late'), 1); });`,
['before 0', 'once more 5', 'before 0', 'exit 0']));

test('a run leaves nothing behind for the next one', async () => {
  await run("leak = 1; globalThis.other = 2; Array.prototype.odd = 1; Object.prototype.x = 1; delete Array.prototype.at; JSON.parse = null; require('events').EventEmitter.prototype.on = null; require('fs').writeFileSync('/app/left', 'x');");
  await prints("console.log(typeof leak, typeof other, [].odd, {}.x, typeof [].at, typeof JSON.parse, typeof require('events').EventEmitter.prototype.on, require('fs').existsSync('/app/left'))",
    ['undefined undefined undefined undefined function function function false']);
});

test('the Worker’s own names are out of reach', () => prints(
  "console.log([typeof fetch, typeof WebSocket, typeof postMessage, typeof importScripts, typeof self, typeof Go, typeof globalThis.fetch, typeof globalThis.setTimeout].join())",
  ['undefined,undefined,undefined,undefined,undefined,undefined,undefined,function']));

test('what never ends is stopped, and its frames stay', async () => {
  const pair = "const http2 = require('http2'); const server = http2.createServer().listen(80); const client = http2.connect('http://localhost'); client.request().resume();\n";
  const end = (body) => `server.on('stream', (s) => { s.respond(); s.end('x'); setTimeout(() => {\n${body}\n}, 10); });`;
  for (const [body, message, line] of [
    ['\nfor (;;);', /turns of a loop or function calls/, 4], ['while (true) try { x(); } catch {}', /turns of a loop/, 3], ['do { } while (1);', /turns of a loop/, 3],
    ['const f = () => Promise.resolve().then(f); f();', /turns of a loop or function calls/, 3], ['(async function f() { await null; return f(); })();', /turns of a loop/, 3],
    ['const f = () => process.nextTick(f); f();', /nextTick in a row|turns of a loop/, 0], ['const f = () => setImmediate(f); f();', /events, and no end/, 0],
    ['setInterval(() => {}, 1);', /timers in a row with nothing on the network/, 0], ['const log = () => { console.log("x".repeat(1000)); setTimeout(log, 1); }; log();', /its record is longer than/, 0],
  ]) {
    const { error, entries } = await run(pair + end(body), { limits: { turns: 20_000, ticks: 5_000, idle: 500, events: 20_000, trace: 1 << 20 } });
    assert.match(error?.message ?? 'it ended', message, body);
    if (line) assert.equal(error.line, line, body);
    const dirs = new Set(entries.filter((e) => e.k === 'chunk').map((e) => e.dir));
    assert.deepEqual([...dirs], ['c2s', 's2c'], `${body}: the frames before are there`);
  }
});

test('allowHTTP1: a client without HTTP/2 is served', () => prints(`
  const http2 = require('http2'), tls = require('tls');
  const server = http2.createSecureServer({ ...${files}, allowHTTP1: true }, (req, res) => { let n = 0; req.on('data', (d) => n += d.length).on('end', () => { console.log(req.httpVersion, req.method, req.url, n); res.end('served'); }); }).listen(443);
  const c = tls.connect(443, { ALPNProtocols: ['http/1.1'] }, () => c.write('POST /x HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 5\\r\\nConnection: close\\r\\n\\r\\nhello'));
  let all = ''; c.setEncoding('utf8'); c.on('data', (d) => all += d); c.on('end', () => { console.log(all.split('\\r\\n')[0], all.split('\\r\\n\\r\\n')[1]); server.close(); });`,
['1.1 POST /x 5', 'HTTP/1.1 200 OK served']));

test('process, util, assert, url, buffer, timers', () => prints(`
  process.on('exit', (code) => console.log('exit', code)); process.exitCode = 3;
  const util = require('node:util'), assert = require('assert'), { URL } = require('url');
  console.log(util.format('%s %d %j %o', 'a', 1.5, { x: [1] }, 'q'), util.inspect({ a: [1, { b: new Map([[1, 2]]) }], [Symbol('s')]: null }));
  try { assert.deepStrictEqual({ a: [1] }, { a: ['1'] }); } catch (e) { console.log(e.code); }
  assert.throws(() => { throw new TypeError('no'); }, TypeError); assert.deepEqual({ a: 1 }, { a: '1' });
  console.log(new URL('tcp://h:1').port, Buffer.from('zz', 'latin1').toString('base64url'), util.isDeepStrictEqual([1], [1]));
  require('timers/promises').setTimeout(5, 'v').then((v) => { console.log(v, performance.now()); process.exit(); });
  setTimeout(() => console.log('never'), 50);`,
["a 1.5 {\"x\":[1]} 'q' { a: [ 1, { b: [Map] } ], [Symbol(s)]: null }", 'ERR_ASSERTION', '1 eno true', 'v 5', 'exit 3']));
