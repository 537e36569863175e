// The package as a program gets it: both module systems, nothing left behind.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env.HTTP2_PACKAGE;
const run = (flags, program) => execFileSync(process.execPath, [...flags, '-e', program], { timeout: 20_000, encoding: 'utf8' }).trim();

const exchange = `
const server = http2.createServer((req, res) => res.end(req.url));
server.listen(0, '127.0.0.1', () => {
  const client = http2.connect('http://127.0.0.1:' + server.address().port), r = client.request({ ':path': '/ok' });
  r.setEncoding('utf8');
  r.on('data', (d) => console.log(d));
  r.on('close', () => { client.destroy(); server.close(); });
});`;

for (const entry of ['index', 'current']) {
  test(`require, synchronously: ${entry}`, () => {
    assert.equal(run([], `const http2 = require(${JSON.stringify(join(folder, `${entry}.js`))});${exchange}`), '/ok');
  });

  test(`import: ${entry}`, () => {
    const url = JSON.stringify(String(pathToFileURL(join(folder, `${entry}.mjs`))));
    assert.equal(run(['--input-type=module'], `import http2, { connect, constants } from ${url};
      if (connect !== http2.connect || constants !== http2.constants) throw new Error('the names differ from the default export');${exchange}`), '/ok');
  });
}

test('both entries are one engine, and a program that only loads them ends', () => {
  assert.equal(run([], `const a = require(${JSON.stringify(folder)}), b = require(${JSON.stringify(join(folder, 'current'))}); console.log(a !== b && typeof a.connect, typeof b.performServerHandshake);`), 'function function');
});

test('no global is left behind', () => {
  assert.equal(run([], `const before = new Set(Object.getOwnPropertyNames(globalThis)); require(${JSON.stringify(folder)});
    console.log(Object.getOwnPropertyNames(globalThis).filter((n) => !before.has(n)).join())`), '');
});

test('what was asked is forgotten: memory after 4,000 requests is as after 24,000', () => {
  const text = run(['--expose-gc'], `const http2 = require(${JSON.stringify(join(folder, 'current.js'))});
    const server = http2.createServer(); server.on('stream', (s) => { s.respond(); s.end('x'.repeat(2000)); });
    server.listen(0, '127.0.0.1', async () => {
      const at = 'http://127.0.0.1:' + server.address().port, used = [];
      for (let i = 0; i < 12; i++) {
        const client = http2.connect(at);
        for (let j = 0; j < 20; j++) await Promise.all(Array.from({ length: 100 }, () => new Promise((done) => client.request().on('close', done).resume())));
        await new Promise((done) => client.close(done));
        if (i === 1 || i === 11) { await new Promise((done) => setTimeout(done, 50)); gc(); const m = process.memoryUsage(); used.push(m.heapUsed, m.external + m.arrayBuffers); }
      }
      server.close(() => console.log(JSON.stringify(used)));
    });`);
  const [heap, outside, heapLater, outsideLater] = JSON.parse(text);
  assert.ok(heapLater < heap + 3e6, `the heap grew from ${heap} to ${heapLater}`);
  assert.ok(outsideLater < outside + 12e6, `memory outside of it grew from ${outside} to ${outsideLater}`);
});
